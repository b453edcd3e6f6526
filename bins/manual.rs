//! Completions and the manual page of a program, made of its command line. For scripts/install.sh: SENTRIX_MANUAL names a shell, or `man`.

use clap::Command;
use clap_complete::Shell;
use sentrix_cli::{Exit, Failure, Stdout};

/// Prints what SENTRIX_MANUAL asks for; nothing when it asks for nothing.
pub fn printed(command: impl FnOnce() -> Command) -> Option<Result<Exit, Failure>> {
    let wanted = std::env::var("SENTRIX_MANUAL").ok()?;
    Some(print(&mut command(), &wanted))
}

fn print(command: &mut Command, wanted: &str) -> Result<Exit, Failure> {
    let mut page = Vec::new();
    if wanted == "man" {
        man(command, &mut page)?;
    } else {
        let shell: Shell = wanted.parse().map_err(|_| {
            Failure::usage("SENTRIX_MANUAL is no shell").next("bash, zsh, fish, elvish, powershell, or man")
        })?;
        let name = command.get_name().to_owned();
        clap_complete::generate(shell, command, name, &mut page);
    }
    let mut out = Stdout::lock();
    out.raw(&page)?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// One page: the program, and each of its commands as a part of it.
fn man(command: &mut Command, page: &mut Vec<u8>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::environment("cannot write the manual page").because(error);
    command.build();
    clap_mangen::Man::new(command.clone()).render(page).map_err(failed)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set() && part.get_name() != "help") {
        let name = part.get_name();
        page.extend(format!(".SH \"COMMAND {}\"\n", name.to_uppercase()).bytes());
        let man = clap_mangen::Man::new(part.clone());
        man.render_description_section(page).map_err(failed)?;
        man.render_options_section(page).map_err(failed)?;
    }
    Ok(())
}
