"""The rules of the bibliography, in the order in which they run."""

from carta.bibliography.rules import completeness, confirmation, duplicates, forms, texts, usage
from carta.bibliography.rules.rule import Rule, on_each_entry

RULES: tuple[Rule, ...] = (
    Rule("bibliography/duplicate-key", "no key is there twice, in any case", duplicates.duplicate_keys),
    Rule(
        "bibliography/duplicate-work",
        "no two entries share a DOI, PMID, PMCID or arXiv identifier",
        duplicates.duplicate_identifiers,
    ),
    Rule(
        "bibliography/duplicate-work",
        "no two entries share a title, unless said to be related",
        duplicates.duplicate_titles,
    ),
    Rule(
        "bibliography/unknown-type",
        "every entry has a type that styles know",
        on_each_entry(completeness.known_type),
    ),
    Rule(
        "bibliography/required-fields",
        "every entry has the fields its type needs, own or inherited",
        on_each_entry(completeness.required_fields),
    ),
    Rule(
        "bibliography/placeholder",
        "no printed field holds a placeholder such as unknown",
        on_each_entry(completeness.placeholder),
    ),
    Rule("bibliography/crossref", "every crossref names an entry", on_each_entry(completeness.crossref)),
    Rule("bibliography/crossref", "no crossref leads back to itself", completeness.crossref_cycle),
    Rule("bibliography/doi", "DOIs have their form", on_each_entry(forms.identifier_rule("doi"))),
    Rule("bibliography/pmid", "PMIDs have their form", on_each_entry(forms.identifier_rule("pmid"))),
    Rule("bibliography/pmcid", "PMCIDs have their form", on_each_entry(forms.identifier_rule("pmcid"))),
    Rule("bibliography/isbn", "ISBNs have a right check digit", on_each_entry(forms.identifier_rule("isbn"))),
    Rule("bibliography/issn", "ISSNs have a right check digit", on_each_entry(forms.identifier_rule("issn"))),
    Rule("bibliography/arxiv", "arXiv identifiers have their form", on_each_entry(forms.arxiv)),
    Rule("bibliography/nct", "NCT numbers have eight digits", on_each_entry(forms.identifier_rule("nct"))),
    Rule("bibliography/nct", "so do those in titles and notes", on_each_entry(forms.nct_in_text)),
    Rule(
        "bibliography/url",
        "addresses are absolute, http or https, and well-formed",
        on_each_entry(forms.identifier_rule("url")),
    ),
    Rule(
        "bibliography/bare-identifier",
        "identifiers stand without address or prefix",
        on_each_entry(forms.bare_identifier),
    ),
    Rule("bibliography/year", "years and dates are within reason", on_each_entry(forms.year)),
    Rule("bibliography/pages", "page ranges run forwards and are whole", on_each_entry(forms.pages)),
    Rule("bibliography/name", "every name parses", on_each_entry(texts.names)),
    Rule("bibliography/body-name", "names of bodies stand in braces", on_each_entry(texts.body_names)),
    Rule("bibliography/tex", "printed fields hold Unicode, no TeX", on_each_entry(texts.tex)),
    Rule(
        "bibliography/title-protection",
        "titles of our own file have braces of their own",
        on_each_entry(texts.title_protection),
    ),
    Rule("bibliography/macro", "our own file has no macros", texts.macros),
    Rule("bibliography/missing", "every cited key has an entry", usage.missing_citations),
    Rule("bibliography/uncited", "every entry is cited or has an evidence record", usage.uncited),
    Rule(
        "bibliography/unconfirmed",
        "fields that were never verified are named",
        on_each_entry(confirmation.unconfirmed),
    ),
    Rule(
        "bibliography/confirmed-absent",
        "only fields that are there are confirmed",
        on_each_entry(confirmation.confirmed_but_absent),
    ),
    Rule(
        "bibliography/unconfirmed-title",
        "no unread title is printed as a title",
        on_each_entry(confirmation.unconfirmed_title),
    ),
)

__all__ = ["RULES", "Rule"]
