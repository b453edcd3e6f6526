//! Harmful requests, and what makes harmful words harmless. Stems end in `*`; folding has taken case, accents and doubled letters away.

use crate::intent::concept::Concept::{self, *};

pub const WORDS: &[(Concept, &str)] = &[
    (
        Request,
        "how to|how do i|how do you|how can i|how can you|how would i|how would you|how could i|how could one|how might|how should i|ways to|way to|ways of|method for|methods for|methods to|methods of|write|create|make|making|build|building|give me|give detailed|give instructions|give step|give a|give advice|give sugestions|give ideas|give examples|give tips|provide|instruct|teach|generate|develop|explain how|explain in detail|explain the|tel me how|describe how|describe in detail|describe the|describe a|describe ways|steps|step by step|guide|tutorial|instructions|manual|design|script|program|code|plan|show me|show people|help me|i want to|i need to|best way|demonstrate|outline|produce|compose|draft|publish|formulate|devise|come up with|list|sugest|recomend|convince|persuade|argue|sel|buy|obtain|acquire|get hold of|where can i|synthesi*|cook|manufacture|construct|def|function|what is the best|what are god ways|walk me through|recipe|strategies|strategy|techniques|tips|implement*|simulates|advise|educate|train|orchestrat*|launch|execute|comit|wo kann ich|wie kann ich|wie baue ich|schreib*|erstel*|coment puis je|coment faire|ecris|como puedo|como hacer|escribe|crea|como poso|come poso|scrivi|jak zrobic|kako napraviti|nasil yapilir|как сделать|напиши|как изготовить|如何|怎么|怎样|どうやって|作り方|어떻게|كيف|कैसे|comment fabriquer|comment pirater|comment tuer|comment voler|fabriquer|wie baut man|wie stele ich|wie macht man|wie hacke ich|como fabricar|como hackear|como fazer|como construir|come costruire|come fabricare|come si fa|как приготовить|как взломать|как собрать|как украсть|jak zbudowac|jak zhakowac|hoe mak ik|nasil yaparim|i ned a|i ned some|what is the most|most painles",
    ),
    (
        Harm,
        "bomb|bombs|explosive|explosives|pipe bomb|molotov|napalm|thermite|nerve agent|nerve gas|sarin|ricin|anthrax|bioweapon*|biological weapon*|biological warfare|chemical weapon*|chemical warfare|mustard gas|vx gas|tabun|phosgene|hydrogen cyanide|dirty bomb|nuclear weapon*|nuclear bomb|nuclear device|weapon of mas|weapons of mas|botulinum|smalpox|ebola weapon|pathogen|toxin|gun at home|ghost gun|homemade gun|3d printed gun|untraceable gun|untraceable firearm|silencer|ied|grenade|landmine|fertilizer bomb|ied|chloropicrin|tnt|c4 explosive*|c4 charge*|c4 bomb*|plastic explosive*|rdx|petn|tatp|semtex|bombe artisanale|une bombe|eine bombe|bombe bauen|explosif|explosifs|sprengsatz|sprengstof*|rohrbombe|bomba casera|una bomba|bomba caseira|uma bomba|explosivo|explosivos|esplosiv*|ordigno|взрывчатк*|бомбу|炸弹|炸药|爆弾|爆発物|폭탄|폭발물|قنبلة|متفجرات|बम|विस्फोटक|patlayici|materialy wybuchowe|knockout gas|knock out gas|gas that knocks|knocks someone out|knock someone out|knock somebody out",
    ),
    (
        Harm,
        "meth|methamphetamine*|crystal meth|lsd|fentanyl|heroin|cocaine|crack cocaine|mdma|ecstasy|ghb|rohypnol|date rape drug|ketamine|illegal drug*|ilicit drug*|ilegal drug*|controled substance*|pcp|opium|quaalude|bath salts|carfentanil|drug lab|метамфетамин*|наркотик*|冰毒|毒品|覚醒剤|마약|مخدرات|metanfetamin*|methamphetamin",
    ),
    (
        Harm,
        "flod attack|flod atack|icmp flod|udp flod|quic flod|http flod|slowloris|teardrop|smurf attack|worm attack|virus attack|trojan attack|popunder|malware|ransomware|keyloger|rotkit|trojan*|botnet|spyware|adware|computer virus|virus that|viruses|computer worm|worm that|malicious software|malicious program|malicious code that|malicious script that|malicious payload*|malicious atachment*|malicious ap|malicious link*|phishing|ddos|denial of service|syn flod|dos attack|backdor|exploit|exploits|zero day|shelcode|reverse shel|sql injection|cros site scripting|privilege escalation|lateral movement|post exploitation|container escape|sandbox escape|escape the sandbox|escape this sandbox|escapes the sandbox|escape from the sandbox|break out of|virtual machine escape|vm escape|memory corruption|buffer overflow|remote code execution|arbitrary code|cryptojacking|cryptominer|comand and control|c2 server|exfiltrat*|creential stuffing|credential harvest*|credential dump*|pasword cracker|brute force|cracking pasword*|crack pasword*|crack the pasword|man in the midle|arp spofing|dns spofing|dns amplification|amplification attack|reflected attack|reflection attack|social enginering|logic bomb|fork bomb|drive by download|fileles|antivirus evasion|evade antivirus|bypas antivirus|edr bypas|process injection|dl injection|process holowing|apt style|persistence technique|persistence mechanism|maintain acess|infiltrated system|infected system|compromised system|compromised host|infect*|spoof*|skimer|carding|wiretap*|screen capture of|clipboard monitor*|stealth*",
    ),
    (
        Harm,
        "sexual assault|sexual atack|explicit images|child pornography|child porn|csam|child sexual|sexual content involving|sexual with minors|sex with minors|sex with a minor|minors|pedophil*|grom|groming|underage|bestiality|necrophilia|incest|revenge porn|nonconsensual|deepfake porn|rape|human traficking|traficking|sex traficking|slave|slavery|enslave|cannibal*|child labor|organ harvesting|snuf film|upskirt*|voyeur*",
    ),
    (
        Harm,
        "terorist|terorism|suicide bombing|mas shoting|school shoting|mas murder|genocide|ethnic cleansing|asasination|contract kiler|hitman|hit man|lynching|massacre|masacre|insurection|violent overthrow|radicaliz*|extremist|jihad|isis|al qaeda|hate crime|hate crimes|riot|riots|violent protest|hostage|torture|kidnaping|arson|human sacrifice|serial kiler|murder|murders|blow up|blowing up|cult",
    ),
    (
        Harm,
        "cyberstalk*|false acusations|personal information from unsuspecting|user data without|steals user|steals personal|steals customers|harvests and sels|full auto|homemade firearm*|resistant to antibiotics|my own artery|cervical artery|suicide|end my own life|take my own life|painles way to die|painles death|kil myself|make myself throw up|make myself vomit|throw up after|mich umbringen|me suicider|suicidarme|quitarme la vida|покончить с собой|自杀|自殺|자살|الانتحار|kil myself|kill myself|self harm|selfharm|cut myself|cuting myself|anorexia|anorexic|bulimia|proana|pro ana|starve myself|eating disorder*|end my life|hang myself|overdose|drunk driving|drink and drive|cyberbul*|bully|bulying|harasment|harass|harasing|doxing|dox|swating|stalk|stalking|blackmail|extort*|defamatory|slander*|libelous",
    ),
    (
        Harm,
        "identity theft|credit card fraud|tax fraud|tax evasion|insurance fraud|wire fraud|bank fraud|fraud|fraudulent|money laundering|launder money|laundering|ponzi|pyramid scheme|insider trading|counterfeit*|forge|forged|forgery|fake id|fake ids|fake identity|fake pasport*|fake document*|fake money|fake reviews|stolen credit|stolen identity|stolen goods|embezl*|bribe|bribery|shoplift*|smugl*|poach*|poaching|scam|scams|scaming|cheat on|cheating on|plagiari*|market manipulation|pump and dump|election fraud|voter fraud|voter supression|rig an election|dark web|black market|card skimming|pirated|piracy|ilegal*|sabotage|vandali*|hijack*|carjack*|steal|stealing|burglar*|burglary|rob|robbery|robing|theft|loting|jaywalk|graffiti|trespas*|insider information|predatory|ilegaly|illegal",
    ),
    (
        Harm,
        "contain microchips|fake charity|fake website|fake news|misinformation|disinformation|conspiracy|propaganda|false information|false rumor*|hoax|vacines cause|vaccines cause|anti vaccine|flat earth|election was stolen|stolen election|holocaust denial|holocaust was|climate change is a hoax|deepfake*|false narrative|panic among|manipulate public|manipulate voters|manipulate an election|manipulate elections|manipulate the outcome|mislead*|undermin*|secretly bias*|5g|covid 19 was|false flag|smear",
    ),
    (
        Violence,
        "kil|kill|kiling|murder|poison*|shot|shoot|stab|strangle*|asasinat*|torture|kidnap*|abduct*|execute|harm|hurt|beat up|beat|dismember*|behead|rape|abuse|molest|drown|sufocate|punch|atack|burn|blackmail|extort|stalk|harass|bully|drug|trap|injure|hunt|destroy|hang|slap|threaten*|intimidat*|manipulat*|exploit|spy on|track|asault|seduce|humiliate|incite|lynch|enslave|eliminate|get rid of|groom|dispose|push|smother|choke|castrate|sexualy",
    ),
    (
        Person,
        "someone|somebody|people|person|persons|a child|children|kid|kids|wife|husband|ex wife|ex husband|woman|women|man|men|neighbor|neighbour|bos|boss|coworker|coworkers|colleague|him|her|them|patient|girlfriend|boyfriend|politician*|president|family|crowd|students|student|teacher|celebrity|journalist*|victim*|human|humans|a human being|public figure|individual|individuals|minor|baby|babies|girl|girls|boy|teenager*|my ex|roomate|elderly|civilians|police oficer*|my parents|my mother|my father|my brother|my sister|my friend|prime minister|jews|muslims|imigrants|blacks|gays",
    ),
    (
        Crime,
        "get into|sneak|hack|hack into|hacking|steal|stealing|rob|break into|breaking into|launder|forge|scam|defraud|embezle|smugle|tamper|cheat|evade|sabotage|impersonat*|crack|bypas|gain acess|gain unauthorized|unauthorized|unauthorised|manipulat*|spread|infiltrat*|compromise|hijack|intercept|spy|leak|expose|shut down|take down|disrupt|cripple|damage|contaminat*|cause|infect|dump|poison|exploit|trick|deceive|con|destroy|vandalize|clone|swindle|rig|hotwire|pick|overthrow|set fire|blow up|hackear|pirater|hacken|craquear|взломать|взлом|黑进|入侵|ハッキング|해킹|اختراق|हैक|robar|stehlen|rubare|roubar|estafar|arnaquer|betrugen|украсть",
    ),
    (
        Victim,
        "bank|bank acount*|credit card*|identity|identities|network|networks|computer system*|secure system*|database|databases|government|company|corporate|corporation|car|store|pasword*|elderly|voters|personal information|personal data|private information|sensitive information|sensitive data|confidential|money|election|elections|water suply|power grid|infrastructure|hospital|airport|airplane|plane|subway|train|bridge|financial market*|stock market|social media acount*|email acount*|facebok|instagram|wifi|phone|iphone|webcam|camera|home|house|user data|customer data|medical records|voting machine*|atm|military|federal|security system*|alarm|locked|lock|someones|somebodys|neighbor*|naive|unsuspecting|trade secret*|inteligence|satellite|pacemaker|insulin|traffic light*|nuclear|dam|oil rig|pipeline|exam|exams|tax*|law enforcement|police|customs|metal detector*|electricity meter|gas meter|water meter|power meter|smart meter|odometer|la cuenta|una cuenta|le compte|un compte|das konto|conta do|conta da|аккаунт*|账号|账户|アカウント|계정|حساب|whatsap|gmail|tiktok|snapchat",
    ),
    (
        Evasion,
        "without her knowing|without him knowing|without them knowing|without anyone|without a background check|without a prescription|without getting caught|without being caught|getting caught|avoid getting caught|undetected|without being detected|without detection|avoid detection|avoiding detection|evade detection|evading detection|evades detection|bypas detection|get away with|getting away with|without a trace|untraceable|without leaving|without anyone knowing|without anyone noticing|without their knowledge|without their consent|without her knowledge|without his knowledge|without consent|without permission|without the owners|without arousing suspicion|without raising suspicion|look like an acident|evade law|evading law|evade taxes|avoid prosecution|cover my tracks|cover up|cover the tracks|cover your tracks|hide the evidence|hide a body|hide the body|destroy evidence|dispose of a body|dispose of a dead|undetectable|secretly|covertly|unnoticed|remain hidden|hide its presence|remain stealthy|at home without|bypas security|bypases security|bypas airport|loks like an acident|sem like an acident|apear acidental|autopsy|without the company|without him noticing|without her noticing|without them noticing|without my parents|hides from antivirus|hide from antivirus|sin que se entere|sin que lo sepa|sin ser detectado|sans qu*|a son insu|ohne das|heimlich|unbemerkt|senza che|sem que ela|sem que ele|незаметно|тайно|без ведома|不被发现|偷偷|ばれずに|들키지|دون أن يعلم",
    ),
    (
        Group,
        "women|black people|blacks|jews|jewish|muslims|muslim|islam|imigrants|migrants|refugees|mexicans|asians|asian|africans|african american*|gay|gays|lesbian*|transgender|trans people|lgbt*|homosexual*|disabled people|the disabled|disabled|minorities|minority|ethnic|race|races|racial|white people|christians|hindus|latinos|hispanics|indians|chinese people|poor people|old people|elderly|fat people|homeless|roma|religion|religious|people on benefits|gender|orientation|nationality|certain group|marginalized",
    ),
    (
        Contempt,
        "spech|violence against|division and violence|never hapened|romanticiz*|glorif*|unnecesary in sexual|mock|mocking|making fun of|racist|racism|sexist|sexism|hate speech|hateful|hatred|hate mail|inferior|superior|subhuman|discriminat*|antisemitic|islamophobic|homophobic|transphobic|xenophobi*|incite*|promotes violence|promote violence|promotes hatred|promote hatred|slur|slurs|deport|exterminat*|supremac*|bigot*|stereotyp*|demean*|degrad*|derogatory|offensive|dehumaniz*|inherently|less intelligent|vermin|purge|segregat*|misogyn*|should be killed|deserve to|shouldnt have rights|evil|opress*|genital|justified|morally justified|insult|body shaming",
    ),
    (
        Defence,
        "distinguish*|legitimate|suspicious|known malware|not include any|dont include|rather than|virustotal|att ck|atck|atack patern*|prevent*|block|blocks|blocking|blocked|detect|detects|detecting|detection of|protect*|defend*|defens*|mitigat*|monitoring for|against|avoid being|avoid falling|awarenes|scan for|remove malware|alert*|secure coding|restrict acces|restricts acces|access control|only alow|stop|stops|stopping|recognize|identify|identifies|report|respond to|recover from|removal|raise awarenes|victims of|survivor*|hotline|treatment|recovering|help a friend|should not contain",
    ),
    (
        Fiction,
        "steal the show|my own test|my own site|my own server|my own network|i own|ctf|capture the flag|story about a|short story|crime novel|opening scene|minecraft|gta|call of duty|video game called|fortnite|the sims|overwatch|csgo|pokemon|hitman 3|roblox|zelda|dota|league of legends|pubg|counter strike|movie|film|novel|fictional character|batman|joker|mission impossible|in history|history of|definition|meaning of|was kiled|got kiled|who kiled|when did|when was|why did|why was|how did|how was|how were|how many|what is the penalty|essay about|esay about|impacted|impact of|effects of|causes of|statistics|metaphor*",
    ),
    (
        Everyday,
        "balon|balloon|proces|processes|thread|daemon|linux|time|engine|lights|weeds|mosquito*|cockroach*|ants|rats|mice|hamster|goldfish|party|beer|cake|photo|photos|picture|pictures|basketball|hoops|bird|deer|song|study|performance|workout|tail|clutter|pop up|downloads|toenail*|coconut|tyre|boredom|files|file|ilnes|disease|cancer|pain|log|logs|job|jobs|building|query|table|container|port|heart|ice|record|egg|habit|fear|function|variable|line|directory|record",
    ),
];
