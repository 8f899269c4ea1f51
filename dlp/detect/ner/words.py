"""Closed lists of words that decide where a name begins, ends, or is none. Folded as `wordpiece.fold` does."""

from __future__ import annotations

HONORIFICS = frozenset(
    """
    mr mrs ms miss mx dr doctor prof professor sir madam mme mlle madame mademoiselle monsieur maitre me m mm herr herrn frau
    fraulein hr fr sr sra srta senor senora senorita don dona d dna sres sig signor signora signore signorina dott dottor
    dottore dottssa dottoressa avv avvocato ing senhor senhora meneer mevrouw mevr mw dhr drs de heer pan pani shri sri smt
    shrimati kumari ji saheb sahib lord lady dame hon rev reverend fr father sister capt captain lt sgt col gen major pastor
    rabbi imam sheikh sheik haji mag dipl prince princess king queen duke duchess earl baron baroness count countess emperor pope royal highness
    adv rep sen gov gen cpt cmdr maj brig cpl sgto kanzler kanzlerin
    """.split()
)  # fmt: skip
"""Forms of address; they stand before a name and are no part of it."""

NOT_HONORIFIC_ALONE = frozenset(
    {"d", "de", "don", "fr", "me", "m", "pan", "ing", "mag", "hon", "miss", "major", "father", "sister", "heer"}
)
"""Of those, the ones that are also words or initials: cut off only with a dot or before a capital, as the rules say."""

COMPANY_ENDS = frozenset(
    "inc ltd llc llp plc corp co gmbh ag kg sa sas sarl srl spa bv nv ab as oy pvt ltda gbr ug se".split()
)

PARTICLES = frozenset(
    "van von der den de del della di da dos das du la le al el bin ibn ben ter ten zu zur af av y e st".split()
)
"""Lower-case words that stand inside a name."""

NEVER_NAMES = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
    november december mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec montag dienstag mittwoch
    donnerstag freitag samstag sonntag januar februar marz mai juni juli oktober dezember lundi mardi mercredi jeudi vendredi samedi
    dimanche janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre lunes martes miercoles jueves viernes
    sabado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunedi martedi mercoledi
    giovedi venerdi gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre maandag dinsdag woensdag donderdag
    vrijdag zaterdag zondag segunda terca quarta quinta sexta janeiro fevereiro
    i you he she it we they me him her us them my your his its our their this that these those who whom what which
    yes no ok okay hi hello hey dear thanks thank please sorry regards best cheers sincerely yours hallo bonjour hola ciao ola hoi
    merci danke gracias grazie obrigado obrigada dank salut namaste
    todo fixme note warning error debug info none null true false nan undefined unknown test admin root user guest default system
    customer client patient employee manager assistant name surname firstname lastname address city country phone email mail
    password username id uuid url uri http https www json xml yaml html css sql csv pdf api sdk cli gui ide ssh ssl tls tcp udp dns
    cpu gpu ram ssd usb pin otp pan iban bic swift ssn cvv cvc vat gst kyc amex dob ceo cfo cto hr it qa faq eta asap fyi
    lorem ipsum dolor foobar foo bar baz qux acme
    aba imei imsi iccid mac pesel cpf cnpj nif nie dni egn oib cnp bsn burgerservicenummer rijksregisternummer isikukood kimlik tc
    tckn hetu henkilotunnus rodne cislo steuer steuernummer steueridentifikationsnummer sozialversicherungsnummer krankenkasse sa
    personnummer fodselsnummer nric aadhaar aadhar ifsc gstin upi itin tfn abn acn nino nhs mrn npi mbi ein vin kvnr siret siren
    insee curp rfc cuit cuil passport licence license visa medicare medicaid insurance national social security voter epic routing
    codice fiscale partita iva contribuinte dowod osobisty
    """.split()
)  # fmt: skip
"""Alone, never the name of anybody or anything that has to be hidden: days, months, pronouns, greetings, field names, terms."""

FUNCTION_WORDS = frozenset(
    """
    a an and another any are as at be been before both but by can could did do does each either every few for from had has
    have having he her here his how however i if in instead into is it its just keep let like made make many more most much
    my never no nor not now of off often on once one only or other our out over please same see she should since so some
    such than that the their them then there these they this those though through thus to too two under until up upon use
    was we were what when where whether which while who whose why with within without would yes yet you your
    said time first next last also add after about because being during set get give try take want need
    """.split()
)
"""What sentences begin with and names don't, though the list knows some of them as names (An, Can, Her): a capital that the start of
a sentence gives them says nothing."""

FIELD_WORDS = frozenset(
    """
    id email mail phone fax tel telefon telephone mobile handy name number nummer numero nr info date datum address adresse anschrift url
    website account konto password passwort invoice rechnung order ticket version status type code key token value field
    """.split()
)
"""What forms call their fields; a person is never called so."""

PRODUCTS = frozenset(
    """
    python java javascript typescript golang rust ruby kotlin swift scala perl julia elixir haskell erlang clojure dart lua cobol
    fortran pascal delphi matlab octave php node nodejs deno bun npm yarn pip conda anaconda poetry maven gradle bazel cargo django
    flask fastapi celery alembic jinja mako tornado twisted starlette uvicorn gunicorn hypercorn werkzeug pydantic marshmallow
    sqlalchemy react angular vue svelte nuxt redux jquery ember backbone express laravel symfony rails sinatra spring hibernate
    quarkus micronaut docker podman kubernetes helm jenkins terraform ansible puppet chef vagrant consul nomad istio envoy traefik
    caddy nginx apache tomcat jetty haproxy varnish redis postgres postgresql mysql mariadb sqlite mongodb cassandra kafka rabbitmq
    memcached elasticsearch opensearch kibana logstash fluentd grafana prometheus loki jaeger tempo airflow spark hadoop hive flink
    dagster prefect dask ray pandas numpy scipy polars matplotlib seaborn jupyter keras tensorflow pytorch torch caffe gensim scrapy
    selenium cypress playwright puppeteer jest mocha jasmine karma chai sinon pytest hypothesis unittest webpack babel vite rollup
    eslint prettier sphinx jekyll hugo gatsby blender maya figma sketch notion jira confluence trello asana slack github gitlab
    bitbucket gitea gerrit travis sentry datadog splunk zabbix nagios linux ubuntu debian fedora centos redhat alpine windows macos
    android ios chrome chromium firefox safari edge opera excel word powerpoint outlook sharepoint teams zoom skype copilot chatgpt
    aws gcp azure gpt claude gemini bard llama mistral alexa siri cortana bash zsh fish vim emacs tmux git svn mercurial wikipedia
    gaussian bayesian
    brotli gzip mypy pylint ruff mozilla openssl curl wget
    boolean unicode ascii markdown latex parkinson alzheimer celsius fahrenheit kelvin
    christmas easter halloween thanksgiving diwali ramadan eid holi weihnachten ostern noel navidad natale
    """.split()
)  # fmt: skip
"""Tools, programs, eponyms and feasts: capitalised, known to everybody, private to nobody."""

EPONYMS = frozenset(
    """
    abel archimedes bayes bellman bernoulli bessel bode boltzmann boole borel carnot cauchy chebyshev cholesky church cobb coulomb cox
    darwin dijkstra dirichlet doppler douglas einstein euclid euler faraday fermat fibonacci floyd ford fourier galois gauss gibbs godel
    hamming heisenberg hilbert huffman jaccard jensen jordan kalman karnaugh kepler kleene kolmogorov kruskal kuhn lagrange laplace leibniz
    levenshtein lorentz markov maxwell mendel metropolis minkowski monte moore morris myers nash navier nernst newton nyquist ohm pareto
    parseval pascal pearson planck poisson prim pythagoras raft ramsey rayleigh riemann schrodinger schwarz shannon simpson smirnov
    spearman stirling stokes student taylor turing tukey venn viterbi warshall weibull welch wiener wilcoxon zipf tanner bell
    """.split()
)
"""People whose names stand for a theorem, a test, a unit: names of nobody when hyphenated or before one of `METHODS`."""

METHODS = frozenset(
    """
    theorem lemma law laws rule principle test statistic distribution process trial trials chain chains transform transforms series
    equation equations inequality identity number numbers constant algorithm method operator space matrix machine filter curve diagram
    integral function functions model models paradox conjecture hypothesis effect cycle coefficient index distance noise prior posterior
    sampling regression kernel code coding codes sequence triangle limit criterion decomposition factorization estimator correction set
    plot chart smoothing product sort simulation satz verteilung test theoreme loi teorema ley legge teste lei stelling
    """.split()
)

NAMED_AFTER = frozenset(
    """
    sindrome signo maniobra tecnica enfermedad escala indice metodo ley test prueba clasificacion criterios mal colgajo aguja canula
    syndrome signe manoeuvre maladie echelle indice methode loi theoreme test critere malattia segno manovra scala legge teorema
    doenca sinal lei escala morbus zeichen syndrom skala satz methode theorem law score stade
    """.split()
)
"""Nouns before `de`, `di`, `nach` and a name that say the name is that of a sign, a disease, a law: nobody present."""
DISEASES = frozenset("disease syndrome sign reflex fracture palsy manoeuvre maneuver".split())
METHODS |= DISEASES
NOUN_ENDINGS = tuple(
    """
    ung ungen heit heiten keit keiten schaft tat taten ismus ieren plan lauf arzt vertrag nummer geld zeit stelle karte liste bericht prufung
    antrag amt kosten gebuhr gebuhren steuer schein pflicht schutz fahrt zimmer abteilung dienst leitung verwaltung nahme gabe weise haft fahig
    zione zioni sione sioni mento menti idad idades cion ciones sion siones miento dade dades cao coes mente tion tions ment ments euse
    schap atie teit skab skap itet else
    """.split()
)
"""What ordinary words of several languages end in and names don't: of the listed words with each, fewer than two in a hundred are names."""
SHORTEST_STEM = 3
"""Letters before such an ending."""
ACCENTED_NAMES = frozenset(["s\u00e1"])
"""Names whose folded form is one of `NEVER_NAMES`."""
MONTHS_WRITTEN = frozenset(["mar\u00e7o", "m\u00e4rz", "ao\u00fbt", "f\u00e9vrier"])
"""Months whose folded form is a name (`Mar\u00e7o`, `Marco`)."""
HINDI = frozenset(
    """
    aadat aakhri aansu aasan accha acha achha achhi adhura agar ajeeb alag andar angrezi apna apne apni asli aurat baarish baat baatein
    baccha bacche bachcha bachche bachchi bachpan badle badhiya badlo bahar bahut bakwas banana banane banao banaun bana banta bante
    barish bartan batao bataiye batana batati bateyein bechna behen behtar bhaari bhag bhagna bhai bhaiya bharna bharne bhasha
    bhej bhejna bhejo bhook bhool bijli bilkul bimar bimari bistar bolna bukhar bulana bulao chaabi chahiye chalana chalna chappal charbi
    chawal chehra cheez cheezein chhat chhod chhodna chhodne chhota chhoti chhutti chinta chizein chot chunav chup chutti daal dahi dal
    dard dawa dawai dekhna dekhne dekho dhaniya dhoop dhyan dikkat dimaag din dost dosti doodh dukan dukaan dukandar fark farak fasal
    fayda gaadi gaana gadi galat galti gana garam gareeb garmi geela gehu gharelu ghadi ghoomne ghutna gussa haath hafta hafte halka halki
    hamesha hisaab hisab honth ilaaj itna itni jaanch jaankari jaankaari jaldi jamana jamane jawab jhagda jhooth jukaam joote
    kaagaz kaam kachra kahan kahani kahin kaise kaisi kal kam kamai kamra kamzori kapda kapde karein karna karne kaun kaunsa kaunsi
    khaana khali khana khane khansi kharab kharch kharcha khareedna khatam kheti khet kheton khidki khilona khoon kirana kiraya
    kiraye kisaan kist kitaab kitab kitna kitne kitni koshish kuch kutta lagana lagaun lagta lakdi ladka ladki lena likhna likho
    lekin log maafi machhar madad mahina mahine mahino makaan manana masala masale matlab mehenga mehnat mitti mohalla
    mooh muft mushkil nahana namak naukar naukri neend neeche niche nimbu nuksan nuksaan paani padega padhai padhna padosi paise paisa pani
    pareshan pareshani pata patni pasand pasina pehla pehle pehli pichla pichle pyaaz pyaz raat raasta rakhe rakhna rasta rishta rishte roti
    saaf saal saans sabji sabzi safai sahi samajh samajhna samay samosa sarkari sardi sasta sasti seekhna sawaal sawal shaadi
    shaam shadi shayari shikayat shuru sikhao sirf suno sunna sunne subah subha tabiyat tairna talaq talash tareekh tarika tarike taiyari
    tanav tapak tamatar tankhwah tayari teekha thak thakan thanda thoda thodi tohfa tyohar tyohaar ubalte udhar upay upaay uthna uthne
    vajah vazan waapas wajah wakeel wapas waqt yaad yatra zameen zameendar zaroori zindagi zukaam zyada
    aage adalat anar angan antim babu badal bail bandar behan beta chabi chacha chunni daan dada dadi dhan dharm dukhi gala ganda
    gandi gyan haddi hawa hume inka kaan kala kalam kamar karz kasam kisan maalik makan malik mandi mast mata mausam mishri mohabbat
    nadi nana nas naya neta nigam nyota paas papa pariksha patti phool pita salah sarkar sawan sena sher sone tera tere teri konsi
    kaunsi
    """.split()
)
"""Frequent words of Hindi in Latin letters that are hardly anybody's name: in lower case they are none."""
