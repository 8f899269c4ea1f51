"""Further services whose keys have no prefix and no documented form: their names, and the shapes that keys usually have."""

from __future__ import annotations

from dlp.detect.secrets.rule import Rule, worded

_SHAPES = "hex32 hex40 hex64 uuid alnum20 alnum24 alnum32 alnum40 alnum64 b64url22 b64url32 b64url43"
_TURNS = len(_SHAPES.split()) // 2
_SOURCE = "the service's name; no form of its keys is documented, these are the usual ones"

# Name as people write it, then how it stands in identifiers where that differs.
_SERVICES = """
Adzuna; Aero Workflow: aeroworkflow; Agora; Alconost; Alegra; Aletheia: aletheiaapi; AllSports: allsports; Anypoint: anypoint mulesoft
Apacta; API2Cart: api2cart; Apideck; Apifonica; APIMatic; APImetrics; APITemplate: apitemplate; Appcues; AppFollow; Appointedd; AppSynergy; Apptivo
Artsy; Atera; AudD: audd_ auddio; Autoklose; Autopilot: autopilothq autopilot; Avaza; Axonaut; AYLIEN; Ayrshare; Base API: baseapi
BeeBole; BeSnappy; BestTime: besttime; Better Stack: betterstack betteruptime logtail; Billomat; Bitcoin Average: bitcoinaverage; BlazeMeter
Blit: blitapp; BombBomb; Boost Note: boostnote; BorgBase; Brandfetch; Brandfolder; Browshot; BuddyNS; Budibase; BugHerd; Bulbul; BulkSMS
Caflou; CalorieNinjas: calorieninja; Campayn; Captain Data: captaindata; Carbon Interface: carboninterface; Cashboard; Caspio
CentralStationCRM: centralstationcrm; CEX.IO: cexio; Chatfuel: chatfuel chatfule; Chec: checio; Checkvist; Cicero: cicero_ ciceroapi
ClickHelp; Cliengo; Clinchpad; Clockwork SMS: clockworksms; Cloud Elements: cloudelements; Cloudimage; Cloudmersive; CloudPlan: cloudplan
Cloverly; Cloze; ClustDoc: clustdoc; Codemagic; Codequiry; Collect2: collect2; Commerce.js: commercejs; CompanyHub: companyhub
Conversion Tools: conversiontools; Convier; countrylayer; CraftMyPDF: craftmypdf; Currency Freaks: currencyfreaks; Customer Guru: customerguru
D7 Networks: d7network; Dandelion: dandelion_ dandelionapi; Databox; DataFire: datafire; Data.gov: datagov data.gov; DeBounce: debounce_
Demio; Deputy: deputy_; dfuse; Diggernaut; Ditto: ditto_; DNSCheck: dnscheck; Documo; Dotdigital: dotdigital dotmailer; Dovico; DronaHQ
Duply; Dynalist; Dyspatch; Eagle Eye Networks: eagleeyenetworks; EasyInsight: easyinsight; EcoStruxure IT: ecostruxureit ecostruxure
8x8: eightxeight 8x8; ElasticRoute: elasticroute; EnableX: enablex; Endor Labs: endorlabs; Enigma: enigma_; Envoy: envoy_api
Ethplorer; ExchangeRate-API: exchangerateapi exchangeratesapi; ExportSDK: exportsdk; ExtractorAPI: extractorapi; fastFOREX: fastforex
FetchRSS: fetchrss; Fibery; file.io: fileio; Findl; Finage; Flat: flatio; Fleetbase; Flexport; FlightLabs: flightlabs; FlightStats: flightstats
Flowflu; Flowlu; FMFW: fmfw; Form.io: formio; Formsite; Fusebill; FXMarket: fxmarket; Gengo; Geocodify; IPify: geoipify geoipifi
GetGeoAPI: getgeoapi; Gist: getgist; getsandbox; Glassnode; GoodDay: goodday; Groove: groovehq; GTmetrix; Gyazo; Happi: happi_ happidev
Happy Scribe: happyscribe; HelpCrunch: helpcrunch; Hive: hive_api hiveai; Hiveage; Holistic: holisticapi; Humanity: humanity_; Hybiscus
HyperTrack: hypertrack; Iconfinder; Impala: impala_api; Instabot; Instamojo; Interseller; Intrinio; InvoiceOcean: invoiceocean; IPinfoDB: ipinfodb
IPQualityScore: ipquality ipqualityscore; Jumpseller; Juro; Kanban Tool: kanbantool; KarmaCRM: karmacrm; Klipfolio; Knapsack Pro: knapsackpro
Kontent: kontentai kentico kontent; Kylas; Leadfeeder; lemlist; Lendflow; Less Annoying CRM: lessannoyingcrm; Lexigram; LinkPreview: linkpreview
LiveAgent: liveagent; Livestorm; Loadmill; LoginRadius: loginradius; Loyverse; Lunch Money: lunchmoney; Luno; MadKudu: madkudu; MagicBell: magicbell
MeaningCloud: meaningcloud; MeisterTask: meistertask; Mesibo; MetaAPI: metaapi; Metrilo; MindMeister: mindmeister; mite: mite_api; Mixmax; Mockaroo
MoonClerk: moonclerk; MrTickTock: mrticktock; MyIntervals: myintervals; NetHunt: nethunt; Neutrino: neutrinoapi; NFTPort: nftport; Noticeable
Nozbe: nozbe nozbeteams; OANDA; Onbuka; OneDesk: onedesk; onWater: onwater; OOPSpam: oopspam; OpenUV: openuv; Overloop; Owlbot
Pagar.me: pagarme; PandaScore: pandascore; Paperform; ParallelDots: paralleldots; ParseHub: parsehub; PartnerStack: partnerstack; Paydirt: paydirtapp
Paymo: paymoapp; Pepipost; Photoroom; Pipedream; Planview LeanKit: leankit planview; Planyo; Podio; PollsAPI: pollsapi; Portainer
PostageApp: postageapp postageapi; Postbacks: postbacks; Powrbot; ProdPad: prodpad; ProspectCRM: prospectcrm; protocols.io: protocolsio protocols.io
Crawlbase: proxycrawl crawlbase; PureStake: purestake; Qase; Qualaroo; Qubole; ReachMail: reachmail; Really Simple Systems: reallysimplesystems
Recharge: rechargepayments; Rentman; RepairShopr: repairshopr; Reply: replyio; Request Finance: requestfinance; Restpack: restpack restpackhtml
Revamp CRM: revampcrm; RiteKit: ritekit; Roaring: roaringio; Rootly; Route4Me: route4me; Rownd; SaladCloud: saladcloud; SalesBlink: salesblink
SalesCookie: salescookie; Salesmate; Scalr; ScrapeOwl: scrapeowl; ScraperBox: scraperbox; Scrapfly; ScrapingAnt: scrapingant
Scrutinizer: scrutinizerci scrutinizer; SelectPdf: selectpdf; SerpHouse: serphouse; SherpaDesk: sherpadesk; Shipday; SigOpt: sigopt; SimFin: simfin
Simply Noted: simplynoted; Simvoly; Siteleaf; Skrapp: skrappio skrapp; SkyBiometry: skybiometry; Smooch; Snipcart; SpeechText.AI: speechtextai
SSLMate: sslmate; StatusPal: statuspal; StockData: stockdata; Storecove; Stormboard; StoryChief: storychief; Streak: streak_; Stripo; Sugester
Supernotes; Survey Anyplace: surveyanyplace; Swell: swell_; Tallyfy; Teamgate; Teletype: teletype_; TestingBot: testingbot; Text2Data: text2data
The Odds API: theoddsapi odds_api; Thinkific; ThousandEyes: thousandeyes; Ticket Tailor: tickettailor; TickTick: ticktick; TimezoneAPI: timezoneapi
T.LY: tly_; Tokeet; Travelpayouts; Twist: twist_; tyntec; Typetalk; uClassify: uclassify; UnifyID: unifyid; Unplugg; UPC Database: upcdatabase
UpLead: uplead; Upwave; Userflow; Vagrant Cloud: vagrantcloud vagrant_cloud; Verimail; Veriphone; VersionEye: versioneye; Viewneo; Voicegain
VoodooSMS: voodoosms; Vouchery; vpnapi; Vyte; Walk Score: walkscore; Web Scraper: webscraper webscraping; WHOXY: whoxy; Worksnaps; Workstack
WorldCoinIndex: worldcoinindex; Yext; Yousign; YNAB: youneedabudget ynab; Zenkit; Zenscrape; Zenserp; Zonka: zonkafeedback; ReadSpeaker: readspeaker
Codat; Fintecture; Belvo; Salt Edge: saltedge; Basiq; Teller: teller_; Unit: unit_api; Treasury Prime: treasuryprime; Synctera; Column: column_api; Brex
Spreedly; Primer: primer_api; Rapyd; dLocal: dlocal; Payoneer; Skrill; Worldpay; CyberSource: cybersource; NMI: nmi_api; Bolt: bolt_api; Affirm: affirm_api
Afterpay; Sezzle; Zip: zip_api zippay; Tabby; Tamara: tamara_; HyperPay: hyperpay; Moyasar; Paymob; Fawry; M-Pesa: mpesa daraja; Monnify; Kuda; Cashfree
PhonePe: phonepe; Instamojo India: instamojo_; CCAvenue: ccavenue; BillDesk: billdesk; Midtrans; Doku; iPay88: ipay88; Toyyibpay; Billplz; SenangPay: senangpay
Iyzico; PayTR: paytr; Conekta; Openpay; Kushki; Wompi; Culqi; Niubiz; Khipu; Flow: flow_api flowcl; PagSeguro: pagseguro; Iugu; Asaas; Efí: gerencianet
SMSAPI: smsapi; SMS.ru: smsru; Textlocal; MSG91: msg91; Kaleyra; Gupshup; Karix; Exotel; Knowlarity; Ozonetel; Route Mobile: routemobile; Unifonic; Taqnyat
Postmates; DoorDash: doordash; Uber: uber_; Lyft; Grab: grab_api; Gojek; Bolt Food: boltfood; Deliveroo; Glovo; Lalamove; Sendle; Shiprocket; Delhivery
EasyShip: easyship; ShipBob: shipbob; ShipHero: shiphero; Starshipit; Sendcloud; Parcel Lab: parcellab; PostNL: postnl; DPD: dpd_; GLS: gls_; Hermes: hermes_api
Snowplow: snowplow; Matomo; Plausible: plausible_; Fathom: fathom_; Umami; Pirsch; Simple Analytics: simpleanalytics; Smartlook; Mouseflow; Crazy Egg: crazyegg
VWO: vwo_; AB Tasty: abtasty; Kameleoon; Dynamic Yield: dynamicyield; Unbounce; Instapage; Leadpages; ClickFunnels: clickfunnels; Kajabi; Teachable; Podia; Thinkific API: thinkificapi
Memberstack; Outseta; Kinde; Ory: ory_; SuperTokens: supertokens; Logto; Zitadel; PropelAuth: propelauth; Userfront; Magic: magic_link magiclink; Frontegg; Beyond Identity: beyondidentity
HashiCorp Waypoint: waypoint_; Akeyless; CyberArk: cyberark conjur; Delinea: delinea thycotic; Keeper: keeper_secrets; Teleport: teleport_; StrongDM: strongdm; Boundary: boundary_
Sematext; Netdata; Zabbix; Nagios; Icinga; Checkmk; PRTG: prtg; LogicMonitor: logicmonitor; Datto; NinjaOne: ninjaone ninjarmm; ConnectWise: connectwise; Kaseya; Atera API: atera_api
ServiceNow: servicenow; BMC: bmc_; Ivanti; Jamf; Kandji; Addigy; Mosyle; Intune: intune_; Automox; Tanium; Wiz: wiz_client wiz_api; Orca: orca_security; Lacework; Aqua: aquasec; Sysdig; Falco: falco_
Snyk Broker: snyk_broker; Mend: mend_api whitesource; Black Duck: blackduck; Checkmarx; SonaType: sonatype_; Socket: socket_security socketdev; Semgrep; DeepSource: deepsource; Codiga; CodeScene: codescene
Chromatic; Argos: argos_token; Happo; Mabl; Testim; Katalon; Cypress: cypress_record; Ghost Inspector: ghostinspector; Checkly; Rainforest: rainforestqa; TestRail: testrail; Xray Cloud: xraycloud; Zephyr: zephyr_scale
Zenhub; Height: height_api; Plane: plane_api; Taiga; OpenProject: openproject; Redmine; Phabricator; Gerrit; ReviewBoard: reviewboard; Backlog: backlog_api; Favro; Aha; Productplan: productplan; Craft.io: craftio
Runway: runwayml runway_api; Packagist; Strapi; WordPress: wordpress_; ZoomInfo; Imgur; Sabre: sabre_api sabre_client; Garmin: garmin_; Withings
n8n: n8n_api n8n_; Workato; Tray.io: trayio tray_io; Rippling: rippling_; Deel: deel_api; Expensify; Socure; Alloy: alloy_api; Riskified; Kount: kount_
Zscaler; Ubiquiti: ubiquiti unifi_; SolarWinds; Stoplight.io: stoplight_; Kong: kong_admin konnect kong_; Apigee; Tyk: tyk_; Boomi; Celigo
Temporal: temporal_cloud temporal_api; Dagster; Astronomer.io: astronomer_ astro_api; Appsmith; Framer: framer_; Canva; Abacus: abacus_ai abacusai; Anyscale
Baseten; Paperspace; CoreWeave; Vast.ai: vastai vast_ai; Nomic: nomic_; Portkey; Browserless; Brave Search: bravesearch brave_api; Kagi; Linkup: linkup_
LMNT: lmnt_; Hume: hume_api; Tripo: tripo3d; Meshy: meshyai; Ideogram; Pika: pika_api; Suno: suno_api; Udio; Synthesia; D-ID: d_id_api; Descript: descript_ descriptapi
Otter: otter_api; Fireflies.ai: fireflies_; Gladia; Soniox; SambaNova; DeepInfra; Lepton: lepton_; OctoAI; Nebius; Hyperbolic: hyperbolic_; SiliconFlow
Moonshot: moonshot_; Upstage: upstage_; Jasper: jasper_api; Copy.ai: copyai; Braintrust: braintrust_; Arize: arize_; Galileo: galileo_; HoneyHive; Traceloop
Lunary; PromptLayer; Humanloop; Vellum: vellum_; Zep: zep_api; Mem0; Letta: letta_ lettaapi; CrewAI; Composio; Arcade: arcade_api; Daytona: daytona_; Steel: steel_api
Hyperbrowser; Chroma: chroma_; Turbopuffer; Vespa: vespa_; Marqo; Zilliz; Milvus; LanceDB; Tinybird; MotherDuck; SingleStore; Yugabyte; TiDB: tidb_; Turso
Nhost; Appwrite; Hasura; Prisma: prisma_; Directus; Payload: payload_cms; Umbraco; Builder.io: builderio; Plasmic: plasmic_ plasmicapi; TinaCMS; Medusa: medusa_; Saleor
Elastic Path: elasticpath; Printify; Gelato: gelato_api; Getty Images: gettyimages; Sketch: sketch_api; Mural: mural_api; Lucid: lucidchart
Loom: loom_; Kaltura; Dacast; api.video: apivideo; DocRaptor; PDFMonkey; Rossum: rossum_ rossumapi; Taggun; Klippa; Sensible: sensible_so; Kairos: kairos_; Face++: facepp
Luxand; Trulioo; iDenfy; Shufti Pro: shuftipro; ComplyAdvantage; Sardine: sardine_; SEON: seon_; IPHub; DB-IP: dbip_; BigDataCloud; Radar: radar_
Stadia Maps: stadiamaps; Jawg: jawg_; Meteomatics; Interactive Brokers: ibkr; Deribit; Ankr; Chainstack; GetBlock; Helius; Dune: dune_api; Nansen; Arkham
Thirdweb; NFT.Storage: nftstorage; Fleek; Filebase; iDrive e2: idrive; Cloudian; Ceph: ceph_; Nextcloud; ownCloud; Citrix ShareFile: sharefile; Hubstaff
Float: float_api; Productive.io: productive_io; AWeber; Benchmark Email: benchmarkemail; SMTP2GO; SocketLabs; Loops: loops_api; Novu: novu_
EZ Texting: eztexting; SimpleTexting; Dialpad; 3CX: 3cx_; JustCall; Gong: gong_api; Chorus: chorus_api; Outreach: outreach_api; Salesloft; Cognism
Seamless.AI: seamlessai; Proxycurl; PhantomBuster; Crunchbase; PitchBook; Owler; BuiltWith; SimilarWeb; SpyFu; SE Ranking: seranking; BrightLocal; Hootsuite
Buffer: buffer_; Sprout Social: sproutsocial; Later: later_api; Mention: mention_api; Brandwatch; Meltwater; Talkwalker; Okendo; LoyaltyLion
Smile.io: smileio; Re:amaze: reamaze; Kayako; HappyFox; Tidio; Olark; Gladly: gladly_ gladlyapi; Dixa; Chatwoot; Element: element_io; Mastodon: mastodon_ mastodonapi; Bluesky: bluesky bsky
Threads: threads_api; Substack: substack_; Beehiiv; Hashnode; dev.to: devto_; Commento; Patreon; Ko-fi: kofi_; Buy Me a Coffee: buymeacoffee; FastSpring
Cleverbridge; 2Checkout; BlueSnap; Paysafe; Sofort: sofort_; iDEAL: ideal_; Trustly; Modulr: modulr_; Marqeta; Lithic; Stripe Issuing: stripeissuing; Akoya
Budget Insight: budgetinsight powens; Pennylane: pennylane_ pennylaneapi; Qonto; Spendesk; Pleo; Agicap; DATEV; Lexoffice: lexoffice lexware; sevDesk; Billbee; JTL: jtl_
plentymarkets; Shopware; PrestaShop; OXID: oxid_; Odoo; NetSuite; SAP: sap_api sapapi; ADP: adp_api; Paychex; TriNet; Justworks: justworks_ justworksapi; Zenefits
Factorial HR: factorialhr; Kenjo; SmartRecruiters; Teamtailor; JazzHR; iCIMS; Bullhorn: bullhorn_ bullhornapi; Checkr; Sterling: sterling_api; GoodHire; HackerRank; Codility; LeetCode
Coursera; Udemy; Moodle; Canvas LMS: canvaslms canvas_api; Blackboard Learn: blackboard_; Docebo; TalentLMS; LearnWorlds; Duolingo; Quizlet; Kahoot
Google Classroom: googleclassroom; Epic: epic_fhir; Cerner; Athenahealth; Particle Health: particlehealth; Terra: terra_api; Oura: oura_; Whoop: whoop_ whoopapi; Suunto
Peloton: peloton_ pelotonapi; Smartcar; Samsara; Geotab; Motive: keeptruckin; Verkada; Ring: ring_api; Nest: nest_api; Ecobee; Tuya; Shelly: shelly_; Balena; Hologram: hologram_
Twilio Super SIM: supersim; Soracom; The Things Network: thethingsnetwork ttn_; ChirpStack; HiveMQ; EMQX; Redpanda; RabbitMQ; Solace: solace_ solaceapi; Svix; Hookdeck; QStash
Zeplo: zeplo_; Mergent: mergent_ mergentapi; Cronhub; Dead Man's Snitch: deadmanssnitch; Oh Dear: ohdear; Uptime.com: uptimecom; Catchpoint; AppDynamics; Logit.io: logitio; Humio
Cribl; Chronosphere; SigNoz; Highlight.io: highlightio; Pendo; Userpilot; Chameleon.io: chameleon_; WalkMe; Whatfix; Gainsight; ChurnZero; Totango
Vitally: vitally_ vitallyapi; Catalyst: catalyst_api; Planhat; Medallia; Qualtrics; Alchemer; Tally: tally_; Fillout; Cognito Forms: cognitoforms; Wufoo; Doodle: doodle_api
Cal.com: calcom; Chili Piper: chilipiper; SavvyCal; Cronofy; Kloudless; Merge: merge_dev; Finch: finch_api; Rutter: rutter_ rutterapi; Unified.to: unifiedto; Nango
Paragon: paragon_; Prismatic.io: prismatic_; Parabola: parabola_ parabolaapi; Albato; Pabbly; Bardeen; UiPath; Automation Anywhere: automationanywhere; Blue Prism: blueprism
Power Automate: powerautomate; Camunda; Airplane: airplane_; Superblocks: superblocks_ superblocksapi; ToolJet; Softr: softr_; Glide: glide_api; Xano; Backendless; Back4App; Kinvey
8base: 8base_; Liveblocks; PartyKit; CometChat; TalkJS; Twilio Flex: twilioflex; Whereby: whereby_ wherebyapi; 100ms: 100ms_; Dyte; VideoSDK; Vapi: vapi_; Retell: retell_
Bland: bland_ai blandai; Pindrop; Hiya: hiya_; Truecaller; Twilio Verify: twilioverify; Authy; Yubico; Beyond Trust: beyondtrust; SailPoint
Ping Identity: pingidentity pingone; ForgeRock; Descope; Hanko; Authsignal; Transmit Security: transmitsecurity; Passage: passage_id; Nok Nok: noknok
Arkose: arkose_; FriendlyCaptcha; GeeTest; DataDome; PerimeterX; Castle: castle_api; FingerprintJS: fingerprintjs; ThreatMetrix; Recorded Future: recordedfuture
Mandiant; Anomali; ThreatConnect; MISP: misp_; OpenCTI; Hybrid Analysis: hybridanalysis; Joe Sandbox: joesandbox; ANY.RUN: anyrun; Intezer; ReversingLabs
Malwarebytes; Sophos; ESET: eset_; Bitdefender; Trend Micro: trendmicro; Palo Alto: paloalto prismacloud; Fortinet: fortinet fortigate
Check Point: checkpoint_; F5: f5_api; Netskope; Cato Networks: catonetworks; CDN77; Gcore; Edgio; Dyn: dyn_api; easyDNS; Hover: hover_api; Name.com: namecom
INWX; IONOS; Strato: strato_; Netcup; Contabo; Civo: civo_ civoapi; Kamatera; Hostinger; SiteGround; Kinsta; WP Engine: wpengine; Pantheon: pantheon_; Acquia; Cloudways
Forge: laravelforge forge_api; Ploi; Envoyer; RunCloud; ServerPilot; Coolify; CapRover; Dokku; Zeabur; Qovery; Porter: porter_; Encore: encore_; Wasp: wasp_ waspapi
Deno Deploy: denodeploy deno_; Val Town: valtown; StackBlitz; Gitpod; Coder: coder_session; GitKraken; LinearB; Waydev; Swarmia; Jellyfish: jellyfish_
Sleuth: sleuth_; Cortex: cortex_api; OpsLevel; Port: getport port_client; Spacelift; env0; Terrateam; Firefly: firefly_
Vantage: vantage_; CloudHealth; Kubecost; Argo CD: argocd; Flux: flux_; Fastlane: fastlane_; Ionic: ionic_; Adapty; Qonversion; Superwall; Apphud
Branch: branch_key branch_secret; Singular: singular_; Airbridge; CleverTap; MoEngage; WebEngage; Leanplum; Batch: batch_api; Insider: useinsider; Emarsys
Bloomreach; Algonomy; Nosto; Klevu; Constructor.io: constructor_io; Coveo; Lucidworks; AddSearch; SearchStax; Cludo
"""


def _rules() -> tuple[Rule, ...]:
    found: list[Rule] = []
    for entry in _SERVICES.replace("\n", ";").split(";"):
        issuer, _, words = (part.strip() for part in entry.partition(":"))
        if issuer:
            slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in issuer.lower())
            slug = "-".join(filter(None, slug.split("-")))
            # All share their shapes: each is tried on two, so that hundreds of rules together try every shape many times.
            tried = slice(len(found) % _TURNS, None, _TURNS)
            found.append(worded(f"{slug}-service-key", issuer, words or issuer.lower(), _SHAPES, _SOURCE, tried=tried))
    return tuple(found)


RULES = _rules()
