"""The words of postal addresses, in the languages of some sixty countries: what streets are called, units, particles, states."""

from __future__ import annotations

from typing import Final

AFTER: Final = frozenset(
    "street st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl square sq way terrace ter "
    "circle cir parkway pkwy highway hwy trail trl crescent cres close grove gardens gdns mews row walk alley plaza "
    "loop pike turnpike expressway freeway broadway esplanade parade quay wharf bypass causeway common commons cove "
    "creek crossing crossroad estate estates glen green greens heights hill hills hollow island isle junction knoll "
    "landing manor meadow meadows mill mount oval park pass path point port prairie ranch rapid rapids ridge river "
    "route run shoal shore spring springs spur station stream summit track tunnel union unions ville burg burgs "
    "squares branch bluff bluffs bottom bend brooks canyon circles corners courts crest crossings curve dales drives "
    "fields flats fords forges forks harbor harbors inlet islands keys knolls lakes lights locks manors mills "
    "mountain mountains orchard parks parkways passage pines plains points ports rest ridges roads shoals shores "
    "spurs streets throughway trailer valleys views villages valley via view village villa villas vista walks well "
    "wells bridge brook camp cape centre center cliff club corner course dale dam divide extension falls ferry field "
    "flat ford forest forge fork fort garden gateway haven key lake light lock lodge mall mission motorway neck "
    "overpass pine plain radial skyway stravenue trace trafficway underpass viaduct nagar marg colony chowk bazaar "
    "layout sector society salai cross main straat rylaan umgwaqo".split()
)
SURE_AFTER: Final = frozenset(
    "street st avenue ave road rd boulevard blvd lane ln drive dr court ct terrace parkway pkwy highway hwy "
    "crescent cres gardens mews broadway esplanade parade quay plaza square sq nagar marg colony salai chowk close "
    "grove place pl way circle cir trail straat rylaan umgwaqo".split()
)
BEFORE: Final = (
    "rue|avenue|av\\.?|avda\\.?|avenida|boulevard|bd\\.?|blvd|allée|chemin|impasse|place|quai|route|cours|passage|"
    "sentier|via|viale|piazza|piazzale|corso|largo|vicolo|strada|contrada|calle|c/|cl\\.?|plaza|plza|paseo|pso\\.?|"
    "ronda|camino|carretera|ctra\\.?|travesía|"
    "rua|r\\.|travessa|praça|praca|alameda|estrada|rodovia|rúa|carrer|passeig|plaça|praza|ul\\.?|ulica|al\\.|aleja|"
    "aleje|os\\.|osiedle|pl\\.|plac|ulice|nám\\.?|náměstí|třída|tř\\.|calea|strada|str\\.|șoseaua|bulevardul|"
    "bul\\.?|улица|ул\\.?|проспект|пр\\.?|"
    "am|an der|an den|auf dem|auf der|im|in der|zum|zur|unter den|jalan|jln?\\.?|lorong|soi|đường|sok\\.|sokak|"
    "cadde|cad\\.|caddesi|mahallesi|mah\\.|οδός|λεωφόρος|"
    "carrera|cra\\.?|kra\\.?|cr\\.|kr\\.|cll\\.?|blv\\.|bulevar|callejón|callejon|calzada|calz\\.|privada|priv\\.|cerrada|circuito|"
    "circunvalación|periférico|prolongación|prol\\.|andador|retorno|eje|peatonal|pasaje|pje\\.|diagonal|diag\\.|transversal|tv\\.|tr\\.|ruta|autopista|"
    "viaducto|corredor|ampliación|continuación|"
    "rang|montée|allé|côte|croissant|terrasse|ruelle|promenade|autoroute|carré|cercle|"
    "aleea|intrarea|splaiul|piața|piata|fundătura|prelungirea|drumul"
)  # fmt: skip
NAMED: Final = (
    "aeroporto|área|área rural|campo|chácara|colônia|colonia|condomínio|conjunto|distrito|esplanada|estação|favela|fazenda|feira|"
    "jardim|ladeira|lago|lagoa|loteamento|morro|núcleo|parque|passarela|pátio|quadra|recanto|residencial|setor|sítio|trecho|"
    "trevo|vale|vereda|viela|vila|villa|barrio|sector|urbanización|urb\\.|hacienda|rancho|glorieta|peatonal|trilha"
)  # fmt: skip
"""What quarters, farms and parks are called, and their streets after them: with a capital, before a name and a number."""
SUFFIX: Final = (
    "straße|strasse|straat|str\\.|str|weg|platz|allee|gasse|gässchen|ring|damm|ufer|steig|stieg|graben|markt|hof|"
    "chaussee|promenade|laan|pad|plein|gracht|kade|dijk|singel|steeg|hof|baan|dreef|gata|gatan|gate|gaten|veien|vei|"
    "veg|vegen|vägen|väg|gränd|torg|torget|plass|plassen|"
    "gade|vej|vænge|stræde|plads|allé|alle|torv|boulevarden|katu|tie|polku|kuja|raitti|tänav|puiestee|maantee|"
    "gatvė|g\\.|iela|prospekts|utca|u\\.|út|útja|tér|körút|köz|sor|sétány|gata|götu|stígur|braut|vegur|bakki|holt|"
    "hlíð|hlíðarvegur|caddesi|sokağı|bulvarı|åsen|bakken|haugen|centret|parken|gården|markvej|rode|rodas|dori|gil|ro"
)  # fmt: skip
UNIT: Final = (
    r"(?i:apt|apartment|suite|ste|unit|floor|fl|flat|bldg|building|room|rm|block|tower|wing|door|piso|etage|étage|"
    r"stock|stiege|top|tür|lok|m\.|kv|appt|bat|bât|box|bus|esc|escalera|planta|pta|puerta|depto|dpto|dto|casa|lote|plot|of\.|oficina|local|interior|edif|edificio|torre|apartamento|apto|bodega|etapa|bloque|bloco|"
    r"manzana|mz|lt|sala|andar|departamento|nivel|unité|bureau|bl|sc|ap|et|level|studio|khóm|"
    r""
    r"house no|h\.?\s?no)"
)
PARTICLE: Final = (
    r"(?:de|do|da|dos|das|del|della|delle|dei|degli|di|du|des|la|le|les|el|al|els|of|the|los|las|van|von|vom|der|den|dem|"
    r"ter|ten|und|and|y|e|i|et|an|am|im|zum|zur|sur|sous|lès|les|u|v|w|nad|pod|na|d'|l'|d’|l’|st\.?|den|het|op|aan|"
    r"bij)"
)
LOWER_TYPES: Final = (
    r"(?:rue|avenue|boulevard|place|chemin|allée|quai|impasse|route|via|viale|piazza|corso|calle|plaza|paseo|rua|"
    r"avenida|travessa|ul\.|ulica|plac|aleja|os\.|al\.|carrer|callejón|cuesta|glorieta|ronda|vicolo|largo)(?=[ ])"
)
STATES: Final = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|"
    "W[AIVY]"
)
STATE_CODES: Final = frozenset(
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH "
    "OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY".split()
)
WEAK_TYPES: Final = frozenset(
    "am im an auf in zum zur unter r. r al. al av pl. pl str. str cl route strada via place passage cours soi "
    "eje ruta privada cerrada circuito retorno corredor diagonal transversal continuación terrasse promenade carré cercle côte "
    "croissant carrera rang cr. kr. tv. tr. diag. prol. drumul montée calzada".split()
)
