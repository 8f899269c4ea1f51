"""Sentences from our own templates, filled from name lists: fresh ones in every epoch, equal ones for equal seeds.

A template is one line of `templates/LANGUAGE.txt`; `{slots}` are filled from the lists, and the slots that hold names
become spans. Lines without a name teach what no name looks like. One record is one to four lines, sometimes lower-cased.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from training.ner.examples import Record, Span

TEMPLATES = Path(__file__).with_name("templates")
T = TypeVar("T")
_SLOT = re.compile(r"\{([a-z_]+)\}")

GROUPS = {
    "en": ("en", "world"), "de": ("de", "tr"), "fr": ("fr", "ar"), "es": ("es",), "it": ("it",), "pt": ("pt",),
    "nl": ("nl",), "da": ("da",), "sv": ("sv", "fi"), "hinglish": ("in",), "in_en": ("in",),
}  # fmt: skip
"""Language -> name groups that are usual there."""
ELSEWHERE = (
    "in",
    "in",
    "zh",
    "ko",
    "ja",
    "ar",
    "ng",
    "pk",
    "vi",
    "pl",
    "cs",
    "hu",
    "ro",
    "tr",
    "hr",
    "world",
    "world",
    "world",
)
COUNTRIES = {
    "en": ("United States", "United Kingdom", "Canada", "Australia"), "de": ("Germany", "Austria", "Switzerland"),
    "fr": ("France", "Belgium"), "es": ("Spain", "Mexico", "Argentina"), "it": ("Italy",), "pt": ("Brazil", "Portugal"),
    "nl": ("Netherlands",), "da": ("Denmark",), "sv": ("Sweden",), "hinglish": ("India",), "in_en": ("India",),
}  # fmt: skip
TOOLS = """Python Java JavaScript TypeScript Go Rust Ruby Kotlin Swift Scala Perl Julia Elixir Haskell Erlang Clojure Dart Lua Django
Flask FastAPI Celery React Angular Vue Svelte Docker Kubernetes Helm Jenkins Maven Gradle Terraform Ansible Puppet Chef Vagrant
Redis Postgres PostgreSQL MySQL SQLite MongoDB Cassandra Kafka RabbitMQ Nginx Apache Tomcat Jetty Webpack Babel Vite Jest Pytest
Selenium Cypress Playwright Grafana Prometheus Loki Jaeger Airflow Spark Hadoop Pandas NumPy Polars Express Laravel Rails Sinatra
Spring Hibernate Elasticsearch Kibana Logstash Fluentd Copilot ChatGPT Claude Gemini Alexa Siri Cortana Jira Confluence Slack Trello
Notion Figma Sphinx Jupyter Anaconda Conda Poetry Bazel Pulumi Consul Vault Nomad Istio Envoy Traefik Caddy Alembic Jinja Mako
Tornado Twisted Starlette Uvicorn Gunicorn Hypercorn Werkzeug Pydantic Marshmallow Luigi Dagster Prefect Dask Ray Keras Caffe
Torch Gensim Scrapy Nokogiri Capybara Sidekiq Puma Unicorn Devise Maya Blender Ubuntu Debian Fedora Arch Mint Bash Fish Emacs Vim
Android Windows Chrome Firefox Safari Excel Word Outlook Teams Zoom Tableau Looker Snowflake Databricks Hive Pig Samza Flink Storm
Sentry Datadog Splunk Zabbix Nagios Ada Pascal Fortran Eiffel Delphi Julia Ruby Crystal Basil Jasmine Karma Mocha Chai Sinon Ava
Octave Maxima Sage Cython Numba Mercurial Gitea Gogs Phabricator Gerrit Bugzilla Redmine Mantis Travis Bamboo Hudson""".split()
ERRORS = """KeyError TypeError ValueError AttributeError NullPointerException IndexError ImportError SyntaxError RuntimeError
ConnectionRefusedError OutOfMemoryError ModuleNotFoundError IllegalStateException TimeoutError PermissionError""".split()
FUNCTIONS = "fetch_data parse_config user_name get_items handleClick total_count loadModel retry_policy buildQuery is_valid main".split()
CLASSES = """UserService OrderController PaymentGateway HttpClient DataLoader ConfigParser EventBus CustomerRepository SessionManager
Invoice Button Person Address Account Scheduler TestCase Path Counter""".split()
MODULES = "requests numpy pandas fastapi logging asyncio httpx pydantic sqlalchemy pathlib collections unittest.mock django.db".split()
ROLES = "software engineer|sales manager|CFO|HR manager|nurse|data analyst|accountant|head of marketing|solicitor|consultant".split(
    "|"
)
MONTHS = "January February March April May June July August September October November December".split()
SYLLABLES = (
    "ar bel cor dan el fin gra hal in jor kel lum mar nor or pel qui ro sol tan ur ven wex zen al bri cal dor".split()
)
FORMS = """{x} Ltd|{x} GmbH|{x} AG|{x} Inc.|{x} LLC|{x} S.A.|{x} SARL|{x} S.r.l.|{x} B.V.|{x} AB|{x} A/S|{x} Pvt Ltd|{x} & Sons|{x} Group|
{x} Holdings|{x} Bank|{x} University|University of {c}|{c} General Hospital|Hospital {x}|{x} Foundation|{x} Consulting|{x} Software|
{x} Industries|{x} Logistics|{x} Partners LLP|{x}|{x}|{x}|{x}|Banca {x}|Banco {x}|Crédit {x}|Stadtwerke {c}|{c} City Council""".replace(
    "\n", ""
).split("|")
BRANDS = """Google Microsoft Amazon Apple Netflix IBM Oracle SAP Siemens Bosch BMW Volkswagen Allianz Lufthansa Bayer BASF Airbus Renault
Peugeot Carrefour Danone Philips Rabobank Shell Unilever Heineken Santander Telefónica Iberdrola Repsol Enel Ferrari UniCredit Petrobras
Bradesco Ericsson Volvo IKEA Spotify Maersk Carlsberg Nokia Tata Infosys Wipro Reliance Flipkart Paytm Zomato Swiggy Airtel Samsung Sony
Toyota Honda Huawei Tencent Nestlé Novartis Roche UBS HSBC Barclays Vodafone Tesco BBC Pfizer Walmart Nike Adidas Tesla Boeing Intel
Nvidia Cisco Salesforce Adobe Uber Stripe PayPal Deloitte KPMG Accenture UNICEF NATO NASA OpenAI Anthropic""".split()  # fmt: skip


class Generator:
    """Records of one epoch; `chance` decides everything."""

    def __init__(self, pools: Path, chance: random.Random) -> None:
        lists = json.loads(gzip.decompress(pools.read_bytes()))
        self._names: dict[str, tuple[list[str], list[str]]] = {
            group: ([n for n in given if _clean(n)], [n for n in family if _clean(n)])
            for group, (given, family) in lists["train"].items()
        }
        self._cities: dict[str, list[str]] = lists["cities"]["train"]
        self._countries: list[str] = [country for country in lists["countries"] if len(country) < 20]
        self._chance = chance
        self._slots: dict[str, Callable[[str], tuple[str, str]]] = {
            "given": lambda g: (self.given(g), "PERSON"), "family": lambda g: (self.family(g), "PERSON"),
            "name": lambda g: (self.name(g), "PERSON"), "city": lambda g: (self.city(g), "LOCATION"),
            "initial": lambda g: (self.given(g)[0], "+"), "last_first": lambda g: (f"{self.family(g)}, {self.given(g)}", "PERSON"),
            "upper_name": lambda g: (self.name(g).upper(), "PERSON"), "lower_name": lambda g: (self.name(g).lower(), "PERSON"),
            "lower_given": lambda g: (self.given(g).lower(), "PERSON"), "lower_family": lambda g: (self.family(g).lower(), "PERSON"),
            "upper_city": lambda g: (self.city(g).upper(), "LOCATION"), "lower_city": lambda g: (self.city(g).lower(), "LOCATION"),
            "country": lambda _: (self._pick(self._countries), "LOCATION"), "org": lambda g: (self.organisation(g), "ORGANIZATION"),
            "title": lambda _: (self._pick(("Mme", "Mlle", "M.", "Me")), ""),
            "title_es": lambda _: (self._pick(("D.", "Dª", "don", "doña", "el Sr.", "la Sra.")), ""),
            "tool": lambda _: (self._pick(TOOLS), ""), "error": lambda _: (self._pick(ERRORS), ""),
            "function": lambda _: (self._pick(FUNCTIONS), ""), "klass": lambda _: (self._pick(CLASSES), ""),
            "module": lambda _: (self._pick(MODULES), ""), "role": lambda _: (self._pick(ROLES), ""),
            "num": lambda _: (str(self._chance.randint(2, 99)), ""), "year": lambda _: (str(self._chance.randint(1930, 2025)), ""),
            "date": lambda _: (f"{self._chance.randint(1, 28)} {self._pick(MONTHS)} {self._chance.randint(1950, 2025)}", ""),
            "email": lambda g: (f"{_ascii(self.given(g))}.{_ascii(self.family(g))}@example.org", ""),
        }  # fmt: skip

    def records(self, count: int) -> Iterator[Record]:
        """`count` records, languages in turn (Hinglish twice as often: it is the furthest from the other corpora)."""
        templates = {path.stem: _lines(path) for path in sorted(TEMPLATES.glob("*.txt"))}
        languages = [*templates, "hinglish", "fr", "es", "en", "en", "it"]
        for number in range(count):
            language = languages[number % len(languages)]
            yield self._record(language, templates[language])

    def _record(self, language: str, templates: list[str]) -> Record:
        text, spans = "", list[Span]()
        separator = self._pick((" ", "\n", "\n\n", " "))
        for number in range(self._pick((1, 1, 1, 2, 2, 3, 4))):
            text += separator if number else ""
            line, found = self._fill(self._pick(templates), language)
            spans += [(start + len(text), end + len(text), label) for start, end, label in found]
            text += line
        lowered = text.lower()
        if self._chance.random() < (0.3 if language == "hinglish" else 0.12) and len(lowered) == len(text):
            text = lowered
        return Record(text, tuple(spans), f"templates/{language}")

    def _fill(self, template: str, language: str) -> tuple[str, list[Span]]:
        text, spans, at = "", list[Span](), 0
        for match in _SLOT.finditer(template):
            text += template[at : match.start()]
            at = match.end()
            group = self._pick(GROUPS[language]) if self._chance.random() < 0.7 else self._pick(ELSEWHERE)
            value, label = self._slots[match.group(1)](group)
            if label == "+":
                spans.append((len(text), len(text) + len(value), "PERSON"))
            elif label:
                start = len(text)
                if (
                    label == "PERSON"
                    and spans
                    and re.fullmatch(r"\.? ?", text[spans[-1][1] :])
                    and spans[-1][2] == label
                ):
                    start = spans.pop()[0]  # an initial before a name, a given name before a surname: one person
                spans.append((start, len(text) + len(value), label))
            text += value
        return text + template[at:], spans

    def given(self, group: str) -> str:
        return self._pick(self._names[group][0])

    def family(self, group: str) -> str:
        return self._pick(self._names[group][1])

    def name(self, group: str) -> str:
        """A person in one of the forms that people write."""
        given, family = self.given(group), self.family(group)
        form = self._chance.random()
        if form < 0.62:
            return f"{given} {family}"
        if form < 0.72:
            return f"{given} {self._pick('ABCDEFGHJKLMNPRSTVW')}. {family}"
        if form < 0.79:
            return f"{given} {self.given(group)} {family}"
        if form < 0.86:
            return f"{given} {family}{self._pick((' ', '-'))}{self.family(group)}"
        if form < 0.93:
            return f"{given[0]}. {family}"
        return f"{given} {self._pick(('de', 'van', 'von', 'bin', 'van der', 'de la', 'al', 'da', 'El'))} {family}"

    def city(self, group: str) -> str:
        near = [country for language, groups in GROUPS.items() if group in groups for country in COUNTRIES[language]]
        country = self._pick(near) if near and self._chance.random() < 0.7 else self._pick(list(self._cities))
        return self._pick(self._cities.get(country) or self._cities["France"])

    def organisation(self, group: str) -> str:
        if self._chance.random() < 0.35:
            return self._pick(BRANDS)
        made = "".join(self._pick(SYLLABLES) for _ in range(self._pick((2, 2, 3)))).capitalize()
        root = self._pick(
            (made, made, self.family(group), f"{made} {self._pick(('Health', 'Energy', 'Data', 'Foods', 'Media'))}")
        )
        return self._pick(FORMS).format(x=root, c=self.city(group))

    def _pick(self, choices: Sequence[T]) -> T:
        return self._chance.choice(choices)


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("# ")]


def _clean(name: str) -> bool:
    return len(name) > 1 and not re.search(r"[()/\d]", name) and name.strip() == name


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace(" ", "")
