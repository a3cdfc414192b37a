"""What a widget's script asks its words for, read without a JavaScript parser.

A key is a literal, one of two in a ternary, or a template; what stands in a variable cannot be seen.
"""

import re

HOLE = r"\$\{(?:[^{}`]|`[^`]*`)*\}"
TEMPLATE = rf"`(?:[^`\\$]|\\.|\$(?!\{{)|{HOLE})*`"
TOKEN = re.compile(rf'"(?:[^"\\]|\\.)*"|{TEMPLATE}|\?\.|\?\?|.', re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)  # not the slashes of an address
ASKS = re.compile(r"\b(?:t|refuse)\(")  # refuse() says a word on the page
OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")


def without_comments(script):
    return COMMENT.sub("", script)


def keys(script):
    """Every expression that is a key in a call for a word."""
    return [one for call in ASKS.finditer(script) for one in branches(first_argument(script, call.end()))]


def literals(script):
    """Every quoted text that could be a key, wherever it stands."""
    return set(re.findall(r'"(\w+)"', script))


def patterns(script):
    """Every template that could be a key, wherever it stands, as `pattern` makes one of it."""
    return {pattern(one) for one in re.findall(rf"`(?:\w|{HOLE})*[a-z_]{{2,}}(?:\w|{HOLE})*`", script)}


def pattern(template):
    """A regular expression for what a template can be; its groups are what is filled in."""
    return r"(\w+)".join(map(re.escape, re.split(HOLE, template[1:-1])))


def first_argument(script, start):
    """The first argument of a call whose parenthesis opens before `start`."""
    depth = 0
    for token in TOKEN.finditer(script, start):
        if depth == 0 and token[0] in (",", ")"):
            return script[start : token.start()]
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
    raise ValueError(f"A call does not end: {script[start : start + 80]}")


def branches(expression):
    """What an expression can be: each side of `condition ? one : other`, also of those within it."""
    depth = inner = begun = 0
    for token in TOKEN.finditer(expression):
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
        if depth == 0 and token[0] == "?":
            begun, inner = begun or token.end(), inner + bool(begun)
        elif depth == 0 and token[0] == ":" and begun and inner:
            inner -= 1
        elif depth == 0 and token[0] == ":" and begun:
            return branches(expression[begun : token.start()]) + branches(expression[token.end() :])
    return [expression.strip()]
