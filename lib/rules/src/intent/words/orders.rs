//! What is to be set aside, and how that is said. Stems end in `*`; folding has taken case, accents and doubled letters away.

use crate::intent::concept::Concept::{self, *};

pub const WORDS: &[(Concept, &str)] = &[
    (
        Override,
        "do the oposite of what|the oposite of what your|ignore|ignoring|ignor|disregard|disregarding|forget al|forget your|forget ur|ignore ur|forget everything|forget the|forget what|forget about|forget previous|forget any|forget these|forget those|forget prior|forget earlier|forget every|forget that you|override your|override al|override any|override previous|override prior|override the system|override safety|override these|override those|override every|override its|override content|overriding your|overriding al|overrule*|bypas|bypasing|neglect|neglecting|dismis|discard|discarding|set aside|overlook*|abandon|abandoning|nullif*|disobey|disobeying|violate|violating|supersede|supersedes|drop your|stop folowing|stop obeying|not folow|dont folow|not obey|dont obey|no longer folow|no longer bound|not bound|pay no attention|put aside|deactivat*|circumvent*|unlearn|invalidat*|lay aside|leave aside|throw out|do away with|free yourself from|rise above|transcend|defy|rebel|negate|rid yourself|contravene|go against|act against|step outside|step away from|outside your|outside of your|beyond your|against your|contrary to your|disengage|diverge from|deviate from|put your|push past|break free|breach|sidestep|outside the bounds",
    ),
    (
        Weaken,
        "ignores|disregards|bypases|override|overrides|overriding|skip|cancel|cancels|erase|wipe|drop all|remove|removing|disabl*|turn off|switch off|suspend*|suspended|lift|lifted|break|broken|breaking|reset|revok*|get rid of|shed|escape|delete|replace|exempt|relax|loosen|waive|deviate|opose|counter|omit|unbind|strip away|silence|reject|refuse|no more|evad*|alter|modify|change|rewrite|update|stop|without|past",
    ),
    (
        Override,
        "sortea*|bypasa|outrepase*|anule|incumple*|eludi|elude|alontanati|staca*|detache|detachez|detache toi|uberschreit*|verzicht*|reconfigura|riconfigura|ultrapasa|desafie|desafia|venture beyond|chalenge your|mas ala de tus|alem de seus|alem de teus|oltre i tuoi|au dela de tes|uber deine|setze deine|ignora|ignoras|ignorar|ignorad|ignoren|ignorare|ignorate|ignorando|ignorez|ignorer|ignorons|ignoriere*|ignorieren|ignorier|descarta*|scarta*|ecarte*|abandona*|abandone*|disconosci|desobedece*|viola|viole|violez|enfreins|brich|verstos*|lose dich|setze * auser kraft|auser acht|auserhalb deiner|en dehors de tes|fuera de tus|al di fuori dei tuoi|fora das tuas|fora de seus|desvia*|aleja*|alejate|va contra|contra tus|contro i tuoi|contre tes|gegen deine|ignori|incalca*|vergis*|vergessen|misacht*|umgeh*|ubergeh*|uberschreib*|igno*rier*|hor auf|oublie*|neglige*|desactiv*|contourn*|fais abstraction|mets de cote|met* de cote|passe outre|laisse de cote|ne tiens pas compte|ne tenez pas compte|olvida*|omite|omiten|omites|pasa por alto|no hagas caso|haz caso omiso|dejar de lado|deja de lado|desobedec*|salta*|anula*|dimentica*|trascura*|non seguire|metti da parte|aggira|scavalca|disobbedisci|disattiva|esquec*|esquec|desconsider*|ignor|desrespeit*|deixe de lado|nao siga|negeer|vergeet|negeren|omzeil*|sla * over|zignoruj|ignoruj|pomin|zapomnij|nie zwracaj uwagi|lekcewaz|zanemari|zaboravi|ignorirai*|ignoriraj*|zaobidi|preskoci|gormezden gel|yok say|unut|dikkate alma|gozardi et|glem|glom|se bort fra|ignorer|unohda|jata huomiotta|jata huomioimatta|ignorati|uita|uitati|ignorujte|zapomen|felejtsd el|hagyd figyelmen kivul|abaikan|lupakan|bo qua|quen di|hay quen|phot lo|ignorera|ignorera*|stromunda|glomma|bortse fran|zabudni|glem alt|glom alt|zapomen na|felejtsd|ignoralj*|ignora toate|uita de|αγνοησε|ξεχασε|ละเว้น|ลืม|zanedbej|ignoruj*",
    ),
    (
        Override,
        "игнориру*|проигнорируй*|забудь*|забыть|не обращай внимания|отмени|пренебреги*|не учитывай|обойди|отключи|отбрось|не следуй|ігноруй*|забудь|忽略|忽视|无视|無視|忘记|忘掉|忘了|不要理会|不理会|不要遵守|绕过|繞過|违反|覆盖|解除|忘れ|無視し|従わない|従うな|解除して|取り消|무시|잊어|잊고|따르지 마|해제|تجاهل|انس|انسى|تجاوز|لا تتبع|ألغ|अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल जा|उपेक्षा|ละเว้น|เพิกเฉย|לעלם|התעלם|αγνόησε",
    ),
    (
        Order,
        "instruction*|directive*|directions|rule|rules|comands|comand set|orders|prompt|prompts|programing|training|mesages|mesage|context|guidance|conditioning|briefing|task|tasks|procedures|request|requests|inputs|conversation|history|statements|preprompt|protocol|protocols|mandate*|doctrine|values|text|sentence|everything|logic|principles|principle",
    ),
    (
        Order,
        "anweisung*|startanweisung*|basisanweisung*|basisbefehl*|indicacion|instrucion|instrucao|istruzione|diretiva|diretriz|directriz|directiva|consigna|schulung|polecenie|upute|programmierung|ausbildung*|trainings*|formation|formazione|formacao|capacitacion|entrenamiento|adestramento|treinamento|programacion|programmazione|programmation|programacao|befehl|direktiv*|comando|comanda|comande|consigne|instruction|formare|antrenament*|principes|principios|principi|standards|paramet*|funciones|instruktion*|vorgabe*|regeln|befehl*|aufforderung*|eingabeaufforderung*|aufgaben|nachrichten|consignes|regles|directives|ordres|comandes|instrucoes|instruciones|instruccion*|reglas|ordenes|directrices|indicaciones|directivas|istruzion*|regole|direttive|comandi|ordini|compiti|comandos|regras|diretrizes|ordens|instructies|aanwijzingen|regels|opdrachten|instrukcje|instrukcji|polecenia|polecen|zasady|instrukcij*|uput*|pravila|naredbe|talimat*|komut*|kurallar*|yonerge*|instruks*|instruktioner|regler|ohjeet|saannot|instructiuni*|reguli|instrukce|pokyny|utasitas*|szabaly*|instruksi|perintah|huong dan|chi dan|chi thi|menh lenh|quy tac|noi quy",
    ),
    (
        Order,
        "инструкци*|указани*|правила|команд*|директив*|інструкці*|指令|指示|说明|規則|规则|命令|提示|ルール|プロンプト|指針|지시|명령|규칙|지침|프롬프트|التعليمات|تعليمات|الأوامر|أوامر|القواعد|निर्देश*|आदेश*|नियम*|คำสั่ง|הוראות|οδηγίες",
    ),
    (
        Prior,
        "previous*|prior|above|earlier|preceding|preceeding|original|initial|former|foregoing|past|before|so far|aforementioned|up to now|foundational|inherent|core|base|usual|standard|regular|normal|normale*|regular*|standard*|operational|operationelen|operationnel*|operativ*|operacionais|zugrunde*|grundlegend*|fondamental*|fundamental*|principal*|de base|base|di partenza|soto|subyacente*|sotostante|subjacente*|programmed|given to you|you were given|you have been given|you received|far|until now|inicial|previously|underlying|fundamental",
    ),
    (
        Prior,
        "vorherig*|vorig*|bisherig*|obig*|fruher*|vorangegangen*|ursprunglich*|oben|zuvor|precedent*|anterieur*|ci desus|initial*|origin*|d avant|prealables|habituel*|anterior*|previas|previos|previa|original*|inicial*|de arriba|antes|habituales|precedent*|anterior*|sopra|iniziali|originali|prima|abituali|eerdere|vorige|voorgaande|bovenstaande|poprzedni*|wczesniejsz*|powyzsz*|prethodn*|ranij*|gore naveden*|onceki*|yukaridaki*|tidigare|tidligere|forrige|aiemmat|edelliset|anterioare|predchozi|korabbi|sebelumnya|truoc|предыдущ*|прежн*|ранее|выше*|попередні*|之前|先前|以前|上面|上述|前面|以前の|前の|上記|これまで|이전|위의|앞의|기존|السابقة|سابقة|السابق|पिछले|पिछली|पूर्व|ก่อนหน้า|הקודמות|προηγούμενες",
    ),
    (
        Prior,
        "been told|were told|told you|lo que te dijeron|te dijeron|te han dicho|te ordenaron|ti hanno deto|ti e stato deto|qu on t a dit|on t a dit|t a dit|vous a dit|dir gesagt|dir bisher|man dir|ihnen gesagt|te diseram|lhe diseram|foi dito|je verteld|je is verteld|ci powiedziano|тебе сказали|тебе говорили|告诉过你|告诉你的|被告知|言われた|들은|sana soylenen|truoc day|ben tren|phia tren",
    ),
    (All, "al|any|every|everything|these|those|whatever"),
    (
        Your,
        "your|ur|you|deine*|ihre|alle|alles|tes|vos|ton|votre|toutes|tus|tu|su|sus|todas|todos|tue|tuoi|tuo|tutte|suas|seus|sua|teu|tua|je|jouw|uw|twoje|wszystkie|tvoje|sve|svoje|tum|butun|все|свои|твои|你的|您的|所有|あなたの|すべての|全ての|모든|당신의|너의|جميع|كل|सभी|अपने",
    ),
    (
        Guard,
        "protocolos|protokol*|procedimientos|procedimentos|procedures|procedure|verfahren|normen|normas|norme|contraintes|salvaguard*|bousole|algoritm*|conformita|sistemi|funcoes|confines|vorkehrungen|garde fous|medidas|misure|mesures|etica*|etico*|ethique*|ethische*|moralische*|morale*|moral*|privacy|privacidade|privacidad|datenschutz|safety|restriction*|guardrail*|guideline*|filters|filter|limitation*|limits|constraint*|safeguard*|ethic*|policy|policies|censorship|moderation|boundaries|moral*|content policy|alignment|security measures|security protocols|protections|inhibitions|barriers|confines|limit|compliance|parameters|safety measures|prohibitions|denylist|refusal|shackles|einschrankungen|beschrankungen|sicherheitsrichtlinien|richtlinien|grenzen|restricciones|limites|filtros|seguridad|restrizioni|limiti|filtri|sicurezza|restricoes|seguranca|restrictions|securite|filtres|beperkingen|veiligheids*|ograniczen*|ogranicenja|kisitlama*|sinirlama*|ограничени*|безопасност*|限制|约束|安全|制限|制約|제한|안전|القيود|قيود|प्रतिबंध",
    ),
];
