"""What somebody may write to break a page: markup, scripts, links, invisible signs, and far too much."""

import re

# What any of these would do in a page that takes text for markup, a test can see: a flag, a dialog, a request.
MARKUP = [
    '<img src=x onerror="window.taken=1"><b>bold</b>',
    "<script>window.taken=1;alert(1)</script>",
    '<svg onload="window.taken=1"><script>alert(1)</script></svg>',
    '<script src="https://elsewhere.invalid/a.js"></script>',
    '<iframe srcdoc="<script>parent.taken=1</script>"></iframe>',
    '<details open ontoggle="window.taken=1">open</details>',
    '</textarea></div><input autofocus onfocus="window.taken=1">',
    '<style>@import "https://elsewhere.invalid/a.css";</style>',
    '<a href="javascript:window.taken=1">click</a>',
    "[click](javascript:window.taken=1) ![](https://elsewhere.invalid/a.png) **strong** `code`",
    r"$\href{javascript:window.taken=1}{click}$ $$\require{html}\class{x}{y}$$",
]
SIGNS = [
    "\u202ereversed until the end",
    "in\u200bvisi\u2060ble\ufeff and \u0007 bell \u001b[31m",
    "\u2066one \u2067two \u2068three, and none of them closed",
    "Z\u0351\u036b\u0343" * 40,
    "=cmd|'/C calc'!A0",
    "من جلس معنا، وسأل عما يهمنا.",
]
LONG = "long " * 4000
NAMES = "Dr Anna Berg rang me on 419-555-0127. " * 525  # as long, and all of it to be underlined
HOSTILE = [*MARKUP, *SIGNS, LONG, NAMES]

INVISIBLE = re.compile("[\u0007\u001b\u200b\u202e\u2060\u2066-\u2068\ufeff]")
