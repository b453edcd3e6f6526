"""A terminal's screen, as `tmux capture-pane -e` prints it, as SVG. Form feeds on standard input part one screen from the next."""

import html
import re
import sys

WIDTH, HEIGHT, SIZE, MARGIN, BAR = 7.82, 18, 13, 14, 30
INK, PAPER, BAND = "#d6deeb", "#10161f", "#1b2430"
COLOURS = ["#5c6773", "#ef7d7d", "#8fd18b", "#e6c06c", "#7fb4f0", "#c99be8", "#6cc7c7", "#d6deeb"]
SEQUENCE = re.compile("\x1b\\[([0-9;:]*)m|\x1b[()][A-Za-z0-9]|[\x0e\x0f]")


def styled(line, columns):
    """The pieces of a line: row, column, text, colour, bold. What is too long goes on in the next row, as in the terminal."""
    at, column, colour, bold, pieces = 0, 0, INK, False, []

    def put(text):
        nonlocal column
        while text:
            row, start = divmod(column, columns)
            part, text = text[: columns - start], text[columns - start :]
            # More than one blank between two words is left to the place of the next one.
            for word in re.finditer(r"\S+(?: \S+)*", part):
                pieces.append((row, start + word.start(), word.group(), colour, bold))
            column += len(part)

    for match in SEQUENCE.finditer(line):
        put(line[at : match.start()])
        at = match.end()
        codes = [int(code or 0) for code in (match.group(1) or "").replace(":", ";").split(";")] if match.group(0).endswith("m") else []
        for code in codes:
            if code == 0:
                colour, bold = INK, False
            elif code == 1:
                bold = True
            elif code == 2:
                colour = COLOURS[0]
            elif code == 22:
                bold = False
            elif code == 39:
                colour = INK
            elif 30 <= code <= 37:
                colour = COLOURS[code - 30]
            elif 90 <= code <= 97:
                colour = COLOURS[code - 90]
    put(line[at:])
    return pieces


def main():
    columns, title = int(sys.argv[1]), sys.argv[2]
    screens = [screen.rstrip("\n").split("\n") for screen in sys.stdin.read().split("\f\n") if screen.strip()]
    screens = [lines[: max(n + 1 for n, line in enumerate(lines) if SEQUENCE.sub("", line).strip())] for lines in screens]
    width = round(columns * WIDTH + 2 * MARGIN)
    body, y = [], BAR + MARGIN
    for number, lines in enumerate(screens):
        if number:
            body.append(f'<path d="M0 {y}H{width}" stroke="{BAND}" stroke-width="2"/>')
            y += MARGIN
        for line in lines:
            pieces = styled(line.rstrip(), columns)
            for row, column, text, colour, bold in pieces:
                weight = ' font-weight="700"' if bold else ""
                body.append(
                    f'<text x="{MARGIN + column * WIDTH:.1f}" y="{y + (row + 1) * HEIGHT - 5}" fill="{colour}"{weight} textLength="{len(text) * WIDTH:.1f}">{html.escape(text)}</text>'
                )
            y += HEIGHT * (1 + max((piece[0] for piece in pieces), default=0))
        y += MARGIN
    name = html.escape(title)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img" aria-label="{name}"')
    print(f' font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="{SIZE}" xml:space="preserve">')
    print(f'<rect width="{width}" height="{y}" rx="8" fill="{PAPER}"/><path d="M0 8a8 8 0 0 1 8-8H{width - 8}a8 8 0 0 1 8 8V{BAR}H0Z" fill="{BAND}"/>')
    print(f'<text x="{MARGIN}" y="20" fill="#8a97a8">{name}</text>')
    print("\n".join(body))
    print("</svg>")


main()
