//! What an injection wants instead. Stems end in `*`; folding has taken case, accents and doubled letters away.

use crate::intent::concept::Concept::{self, *};

pub const WORDS: &[(Concept, &str)] = &[
    (
        Leak,
        "reveal*|show|print|printing|repeat|repeating|output|display|disclos*|expos*|leak*|dump|recite|list out|divulg*|uncover|unveil|regurgitate|spell out|transcribe|quote|unmask|read back|echo|hand over|surrender|enumerate|give me|tell me|share|write out|return|show me|paste|verbatim|confess",
    ),
    (
        Reveal,
        "shows|showing|shown|displaying|sharing|shared|list|describe|describing|paraphrase|paraphrasing|translate|sumarize|sumarise|copy|tell|giving me|what is|what are|what was|whats|what were|which|provide|explain|write down|render|publish|restate|outline|elaborate|state|decode|encode|acess|access|retrieve|extract|extracting|export|walk me through|let me see|i want to see|i need to see|can i see|see|know|inform me|log|post|present|send me|admit|talk about|document|detail|openly|list al|include|transparency|produce|supply|convert|view|embed|unmask",
    ),
    (
        Leak,
        "zeig*|verrat*|nenn*|wiederhol*|gib mir|gib aus|ausgeben|offenbar*|was ist|was sind|wie lautet*|montre*|revele*|affiche*|repete*|divulgue*|donne moi|quel est|quele est|quels sont|queles sont|dis moi|muestra*|revela*|muestrame|repite|imprime|dime|cual es|cuales son|divulga|expon|explica|mostra*|rivela*|ripeti|stampa|dimi|qual e|quali sono|svela|mostre|revele|repita|imprima|diga|qual e|quais sao|explique|toon|onthul|herhaal|laat zien|wat is|wat zijn|geef|pokaz|ujawnij|powtorz|wyswietl|podaj|jaki jest|jakie sa|prikazi|otkrij|ponovi|ispisi|pokazi|goster*|acikla|tekrarla|yazdir|soyle|nedir|vis|visa|vis mig|nayta|arata|ukaz|покажи*|раскрой*|выведи|повтори*|напечатай|скажи|какие|какой|какова|расскажи|显示|顯示|展示|透露|揭示|输出|告诉我|告訴我|重复|是什么|表示|見せて|教えて|明かし|出力|繰り返|何ですか|보여|알려|공개|출력|반복|무엇|اعرض|أظهر|اكشف|كرر|أخبرني|اطبع|ما هي|ما هو|दिखा*|बता*|प्रकट|दोहरा*",
    ),
    (
        Prompt,
        "system prompt*|systemprompt*|system mesage|system instruction*|hidden prompt*|hidden instruction*|initial prompt*|original prompt*|base prompt*|secret prompt|secret instruction*|initial instruction*|original instruction*|developer mesage|developer instruction*|developer prompt|pre prompt|preprompt|internal instruction*|internal prompt*|concealed prompt|meta prompt|root prompt|core instructions|core prompt|core directive*|foundational prompt|fundamental command|underlying prompt|underlying instructions|hidden system|internal guidelines",
    ),
    (
        Prompt,
        "systemnachricht|systemaufforderung|systemanweisung*|ursprunglichen anweisungen|ursprungliche aufforderung|prompt systeme|invite systeme|mesage systeme|instructions initiales|instructions d origine|prompt initial|prompt de base|prompt del sistema|mensaje del sistema|instrucciones iniciales|instrucciones originales|prompt inicial|prompt original|prompt oculto|prompt di sistema|prompt iniziale|prompt originale|mesagio di sistema|istruzioni iniziali|istruzioni originali|prompt do sistema|mensagem do sistema|instrucoes iniciais|instrucoes originais|systeemprompt|systeembericht|oorspronkelijke instructies|prompt systemowy|monit systemowy|instrukcje systemowe|sistemski prompt|sistemske upute|pocetne upute|sistem istemi|sistem komut*|sistem talimat*|sistem mesaji|системный промпт|системные инструкции|системного промпта|системную подсказку|системное сообщение|изначальные инструкции|系统提示|系統提示|系统指令|初始指令|原始指令|初始提示|システムプロンプト|システムメッセージ|初期指示|시스템 프롬프트|시스템 메시지|초기 지시|موجه النظام|رسالة النظام|تعليمات النظام|التعليمات الأصلية|सिस्टम प्रॉम्प्ट|सिस्टम निर्देश",
    ),
    (
        Own,
        "your prompt|your prompts|ur prompt|your instructions|your initial instructions|your system mesage|instructions you were given|instructions you received|instructions were you|instructions were given|your directives|your programing|your rules|your guidelines|your configuration|your system|your initialization|your internal|your hidden|your training data|prompt above|text above|words above|everything above|words you were given|you were given before|before this conversation|your context window|contents of your context|above this line|text above|the prompt you|your safety guidelines|begining with you are|starting with you are|your system prompt|your original|your initial|your secret|your base|your core|your underlying|your configuration|your setup|your developer mesage|your constraints|your restrictions|you were told|you were instructed|your preprompt|instructions above|deine anweisungen|deinen prompt|deine systemnachricht|tes instructions|ton prompt|tus instrucciones|tu prompt|le tue istruzioni|il tuo prompt|suas instrucoes|seu prompt|je instructies|je prompt|twoj prompt|twoje instrukcje|tvoje upute|tvoj prompt|твои инструкции|свои инструкции|твой промпт|你的指令|你的提示|你的系统|あなたの指示|당신의 지시|تعليماتك|अपने निर्देश|creators wrote for you|developers wrote for you|top of our conversation|top of this conversation|top of this chat|start of this conversation|begining of our conversation|begining of this conversation|before my first mesage|prior to my first mesage|text you were initialized|text you were initialised|you were initialized with|you were initialised with|you were configured with|you were set up with",
    ),
    (
        Setting,
        "configuration*|config|configs|seting|setings|setup|initialization|initialisation|parameters|params|internals|inner workings|training data|specifications|operational|backend|blueprint|source code|knowledge base|memory contents|memory content|model weights|knowledge cutof|credentials|architecture|configuracion|konfiguration|configurazione|configuracao|environment variables|operating manual|startup|metadata|weights",
    ),
    (
        Hidden,
        "hidden|secret|secrets|internal|concealed|confidential|undisclosed|private|restricted|forbidden|clasified|behind the scenes|covert|invisible|nonpublic|proprietary|prohibited|censored|privileged|protected|withheld|geheime*|versteckt*|cache*|secret*|oculto*|ocultas|secreto*|nascost*|segret*|verborgen|ukryt*|skriven*|gizli|скрыт*|секретн*|隐藏|秘密|机密|隠された|숨겨진|비밀|السرية|गुप्त",
    ),
    (
        Persona,
        "you are now|you are no longer|you are not|you are going to act|you wil act|act as|acting as|pretend|roleplay|role play|role playing|simulate|simulation|from now on|asume the role|take on the role|play the role|play the part|imagine you are|imagine yourself|behave as|behave like|become|you become|transform into|switch to|enter|new identity|your new name|your name is now|you wil be|youre now|you are caled|persona|alter ego|character named|be my|in the guise of|speak as|answer as|respond as|reply as|as though|as if|youl be|simulating|enable|activate|activating|embody|asume the persona|imagine a|hypothetical*|supose|let us play|lets play|we are going to play",
    ),
    (
        Persona,
        "ab jetzt|ab sofort|du bist jetzt|du bist nun|tu so als|spiele die role|verhalte dich|sie sind jetzt|aktivier*|tu es maintenant|vous etes maintenant|a partir de maintenant|desormais|fais comme si|agis comme|joue le role|active*|ahora eres|a partir de ahora|actua como|finge|haz de cuenta|activa|eres un|ora sei|da ora in poi|fai finta|comportati come|agisci come|ativa*|voce agora e|a partir de agora|aja como|finja|vanaf nu|je bent nu|doe alsof|gedraag je als|od teraz|jestes teraz|udawaj|zachowuj sie jak|sada si|od sada|ponasaj se|pretvaraj|artik sen|bundan sonra|gibi davran|ты теперь|теперь ты|отныне|притворись|веди себя как|действуй как|你现在是|从现在开始|从现在起|假装|扮演|充当|今から|これから|あなたは今|振りをして|ふりをして|として振る舞|이제부터|지금부터|당신은 이제|너는 이제|인 척|أنت الآن|من الآن|تظاهر|تصرف|अब तुम|अब आप|अब से",
    ),
];
