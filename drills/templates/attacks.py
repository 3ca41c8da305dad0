"""What people tried, or might try: loops, growth, nesting, walks through attributes, formats."""

KNOWN = {
    "user": {"name": "Robin", "id": "41"},
    "args": "@everyone {{ user.id }} %s",
    "words": ["@everyone", "{{", "user.id", "}}", "%s"],
    "many": ["y", "x"] * 100,
}
NO = "REFUSED "
UNKNOWN = "REFUSED unknown filter"
NO_TAG = "REFUSED unexpected tag"


def _grows(begin: str, how: str) -> str:
    return f"{{% assign a = {begin} %}}{{% for i in (1..99) %}}{{% assign a = a | {how}: a %}}{{% endfor %}}"  # noqa: E501


def _loop(inner: str, times: int = 200) -> str:
    return f"{{% for i in (1..{times}) %}}{inner}{{% endfor %}}"


ASKS = f"{{% if {'many == many and ' * 60} user %}}{{% endif %}}"
WALKS = [
    "user.__class__", "user.__class__.__mro__", "user['__class__']", "user.name.__len__",
    "args.__doc__", "user.items", "user.keys", "user.get", "many.__iter__", "many.append",
    "user.__init__.__globals__", "self", "context", "env", "template", "forloop.parentloop",
    "globals", "__builtins__", "settings", "os.environ", "request", "user.name.format",
]  # fmt: skip
FORMATS = [
    "{0.__class__}", "{user.__init__.__globals__}", "%(user)s %s %n", "${user} $user",
    "{% raw %}{{ user.id }}{% endraw %}", "{ { user.id } }", "\\u007b\\u007b user.id }}",
    "<% user %>", "#{user}", "{# user #}",
]  # fmt: skip
FILTERS = [
    "base64_decode", "date: '%0999999999d'", "map: '__class__'", "where: 'a'", "safe",
    "escapejs", "concat: many", "sum", "find: 'a'", "strip_html", "newline_to_br", "url_decode",
]  # fmt: skip
TAGS = [
    "include 'x'", "render 'x'", "extends 'x'", "block x", "macro x", "call x", "import 'x'",
    "liquid assign a = 1", "echo user", "tablerow i in many", "increment a", "decrement a",
    "ifchanged", "with a: 1", "translate", "layout 'x'",
]  # fmt: skip

# A name, a template, and what it says: a text, or a part of the words of its refusal.
ATTACKS: list[tuple[str, str, str | None]] = [
    *((f"walk {path}", f"<{{{{ {path} }}}}>", "<>") for path in WALKS),
    *((f"format {text}", text, None) for text in FORMATS),
    *((f"filter {name}", f"{{{{ many | {name} }}}}", UNKNOWN) for name in FILTERS),
    *((f"tag {tag}", f"{{% {tag} %}}", NO_TAG) for tag in TAGS),
    ("no second reading", "{{ args }}", "@everyone {{ user.id }} %s"),
    ("no third one", "{% capture a %}{{ args }}{% endcapture %}{{ a }}", KNOWN["args"]),  # type: ignore[list-item]
    ("a long loop", _loop("x", 100_000), "REFUSED more than 200 items"),
    ("loops in loops", _loop(_loop("x")), "REFUSED loop iteration limit"),
    ("empty loops", _loop(_loop("")), "REFUSED loop iteration limit"),
    ("many steps", _loop("{{ i }}" * 60), NO),
    ("silent steps", _loop("{% if user %}{% endif %}" * 60), "REFUSED more than 10,000 steps"),
    ("steps of filters", _loop("{% assign a = 1" + " | abs" * 90 + " %}"), "REFUSED steps"),
    ("slow questions", _loop(ASKS * 8), "REFUSED computes for longer than 50 ms"),
    ("a text that doubles", _grows("'aa'", "append"), "REFUSED a text has more than 10,000"),
    ("one that doubles in front", _grows("'aa'", "prepend"), "REFUSED a text has more"),
    ("a number that squares", _grows("9", "times"), "REFUSED a number is larger"),
    ("one that sinks", _grows("-9", "minus"), None),
    ("replacing by much", f"{{{{ '{'a' * 2000}' | replace: 'a', '{'b' * 2000}' }}}}", "REFUSED a"),
    ("splitting much", f"{{{{ '{'a,' * 4000}' | split: ',' | size }}}}", "REFUSED a list has more"),
    ("joining much", f"{{{{ many | join: '{'b' * 5000}' }}}}", "REFUSED a text has more"),
    ("a range beyond memory", "{{ (1..999999999999999999999999) | size }}", "REFUSED a number is"),
    ("a range of a thousand", "{{ (1..1000) | join: '' }}", "REFUSED more than 200 items"),
    ("a range searched by halves", "{% if (1..999999999) contains 1.5 %}{% endif %}", NO),
    ("a number of many digits", f"{{{{ {'9' * 5000} | plus: 1 }}}}", NO),
    ("deep blocks", "{% if 1 %}" * 40 + "{% endif %}" * 40, "REFUSED nesting limit"),
    ("deep brackets", "{{ user" + "[user" * 900 + "]" * 900 + " }}", NO),
    ("deep parentheses", "{% if " + "(" * 3000 + "%}{% endif %}", NO),
    ("braces without end", "{" * 9_999, "REFUSED is not closed by"),
    ("tags without end", "{%" * 4_999, "REFUSED is not closed by"),
    ("raw without end", "{% raw %}" * 1_000, NO),
    ("much room", "{{" + " " * 9_000 + "}}", None),
    ("a long source", "x" * 10_001, "REFUSED more than 10,000 letters"),
    ("a long answer", "x" * 2_500, "x" * 2_000),
    ("a longer one", "x" * 9_500, "REFUSED output stream limit"),
    ("an answer of wide letters", "\U0001f600" * 2_100, "REFUSED output stream limit"),
    ("nothing by nothing", "{{ 1 | divided_by: 0 }}", "REFUSED can't divide by 0"),
    ("infinity", "{{ 1e999 | times: 1e999 }}", None),
    ("a null", "{{ '\0' }}", "\0"),
]  # fmt: skip
