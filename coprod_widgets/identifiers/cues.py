"""The small words that say what stands beside them. Kept by hand."""

from __future__ import annotations

TITLES = frozenset(
    "dr mr mrs ms mx miss prof professor doctor sir dame lord lady rev reverend fr sr hajiya alhaji alhaja hajia malam "
    "mallam sheikh shaikh imam rabbi pastor captain capt sgt sergeant hr fru herr frau senor senora sra sig madame "
    "monsieur mme ustadh ustaz shri smt chief pandit".split()
)
"""What stands before a name, and seldom anywhere else."""
SURE_TITLES = frozenset("dr mr mrs ms mx miss".split())
KIN = frozenset(
    "sister brother nurse matron father mother auntie aunty uncle aunt mama baba papa cousin grandma grandpa granny "
    "grandad granddad nan nana umm abu midwife doula carer consultant therapist physiotherapist physio pharmacist porter "
    "surgeon receptionist neighbour neighbor friend colleague assistant student registrar psychologist dietitian "
    "counsellor interpreter paramedic husband wife son daughter partner niece nephew boyfriend girlfriend chaplain "
    "specialist gp cleaner volunteer manager teacher grandson granddaughter patient resident worker driver secretary "
    "cook helper oma opa amma appa tante onkel brothers sisters mate guy lady man woman girl boy bloke".split()
)
"""Whom a name may follow directly: "nurse Tuuli"."""
NAMING = frozenset("called named name's surname nickname nicknamed christened alias aka".split())
GREETING = frozenset("dear hi hello hey thanks thank regards sincerely signed love".split())
DEEDS = frozenset(
    "said says told tells asked asks explained explains listened listens sat sits held holds rang rings phoned phones texted "
    "wrote writes smiled laughed cried nodded knew knows noticed remembered promised insisted suggested offered showed "
    "shows taught teaches thought thinks wanted wants helped helps stayed stays checked checks visited talked talks "
    "understood sang sings whispered answered replied apologised apologized arranged booked stood introduced fetched "
    "knelt kneels bent leaned leant hugged whistled hummed joked winked waved drew translated interpreted prayed "
    "shouted begged squeezed stroked greeted thanked retired drove drives carried decided walked waited waits saw spoke speaks".split()
)
"""What only people do."""
DOES = DEEDS | frozenset(
    "from shook washed played joined cooked cleaned ran runs sent sends met meets lives lived died dies kept came comes went goes gave gives took takes brought brings made makes did does never always also would calls "
    "called stopped looked looks started used read put got let found felt works worked who whose then just even and "
    "is was has had will can could isn't wasn't hasn't hadn't".split()
)
MEDICAL = frozenset(
    "disease diseases syndrome syndromes score scores scale scales test tests sign line lines tube tubes criteria palsy "
    "chorea lymphoma contracture fracture thyroiditis procedure position manoeuvre maneuver catheter catheters cuff "
    "lactate solution phenomenon index tumour tumor frame frames method technique nodes fit stage staging classification "
    "questionnaire inventory operation repair anaemia dystrophy ulcer reflex exercises exercise diagram chart charts principles "
    "model effect cycle law curve clamp forceps needle drain bag mask valve ring pump scheme guidelines competence "
    "competent guardian oesophagus esophagus encephalopathy hernia cells cell bodies dementia virus fever sarcoma arch "
    "splint bandage stockings device inhaler injection tablets tablet capsules patch patches mg ml mcg dose cream "
    "spray drops vaccine pen app units vein artery canal gland gait grip hook retractor scissors bed chair table oath pledge "
    "prize ruling judgment case review report inquiry act rules contractions".split()
)
"""What follows the name of somebody long dead: "Apgar score"."""
PLACING = frozenset(
    "in at near from to around outside towards toward through via across into leaving reached visiting visited left of "
    "over behind".split()
)
ARTICLES = frozenset("a an the any some these those no each every another this that".split())
OWNERS = frozenset("my our his her their your its".split())
USING = frozenset(
    "take took taking takes on using used use prescribed dose drank drinking wearing wore bought drive driving drove "
    "wear downloaded switched started stopped via watched watching played playing swallowed injected injecting tried "
    "inject increased doubled halved".split()
)
"""What is done with things: "switched to Voltarol"."""
PARTICLES = frozenset("van von der den de del della di da dos das du bin bint ibn al el ul ap ab ben ter ten abu umm".split())
LEADING = frozenset("lower upper great little big north south east west new old mount port fort lake saint young baby st".split())
"""What a name may begin with: "Little Ibrahim", "Upper Thornley"."""
BEING = frozenset("is was has had will can could".split())
VERBISH = frozenset(
    "will may hope mark bill sue grant chase bless can let rose drew pat rob jack pierce wade tan ray rich said".split()
)
"""Names that open a sentence, or follow a noun, as verbs and the like."""
SPEAKING = frozenset("said says told asked asks explained promised whispered replied answered".split())
DONE = frozenset(
    "supplied given prescribed stopped started increased finished needed used ordered injected administered available "
    "expensive delivered changed added cancelled introduced invented required the a an not in on for".split()
)
"""What is done to things: "Furosemide was increased"."""
FUNCTION = frozenset(
    "from with by when after before because now here the a an and or who is was in on at to for of said told i he she they we it you but as if so my our".split()
)
DRUG = (
    "mab nib pril olol statin sartan azole cillin mycin micin icin floxacin prazole azepam zolam caine dipine gliptin glutide "
    "gliflozin xaban parin triptan setron tidine profen vudine barbital thyroxine solone onide terol tropium phylline "
    "lukast dronate platin rubicin taxel formin triptyline zepine zodone oxetine azine semide thiazide cycline codone "
    "morphone vastatin fenac coxib gabalin bactam penem amol plast vir ximab cept sone idone apine dronic"
)
DRUGS = tuple(DRUG.split())
"""How the names of drugs end."""
MAYBE_DRUGS = ("ine", "one", "ol", "ex", "ax", "ix", "yx", "um", "in", "ide", "ate", "or", "il")
PEOPLES = ("ish", "ese", "ian", "ians", "ism", "ist", "ists", "itis", "osis", "oma", "emia", "ology", "scopy", "ectomy", "gram", "cam")
"""How the names of peoples, beliefs, diseases and procedures end."""
