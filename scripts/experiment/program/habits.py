"""What each language likes to call things, so that an expert is more than a syntax."""

LANGUAGES = ("python", "java", "javascript", "cpp")

# The study's spelling in prompts.
SPELLING = {"python": "Python", "java": "Java", "javascript": "Javascript", "cpp": "C++"}

LINE_COMMENT = {"python": "#", "java": "//", "javascript": "//", "cpp": "//"}

# role -> the name in LANGUAGES' order
_NAMES = {
    "total": ("total", "sum", "acc", "ans"),
    "product": ("product", "result", "prod", "res"),
    "count": ("count", "counter", "tally", "cnt"),
    "largest": ("largest", "maximum", "highest", "mx"),
    "smallest": ("smallest", "minimum", "lowest", "mn"),
    "item": ("x", "num", "item", "v"),
    "row": ("i", "i", "i", "i"),
    "column": ("j", "j", "j", "j"),
    "digit": ("digit", "last", "digit", "d"),
    "position": ("position", "index", "found", "pos"),
    "group": ("seen", "unique", "known", "used"),
    "letter": ("ch", "letter", "char", "c"),
    "line": ("line", "row", "text", "s"),
    "steps": ("steps", "rounds", "turns", "k"),
    "current": ("value", "current", "number", "cur"),
}


def name_of(role: str, language: str) -> str:
    return _NAMES[role][LANGUAGES.index(language)]
