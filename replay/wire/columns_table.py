"""What every columns document of form 1 may refer to without saying it (SPEC §8); the order is the numbering, for good.

A key list here costs a document nothing; one that is not here is written out once. Nothing may be taken out or moved: add
at the end, under a new form. Twin of recorder_js/src/wire/columns-table.ts.
"""

from __future__ import annotations

from typing import Final

_SHAPES: Final = """

type data timestamp
source texts attributes removes adds
id value
id attributes
parentId id
parentId nextId node
type tagName attributes childNodes id
type textContent id
source positions
x y id timeOffset
source type id x y
source type id x y pointerType
source type id
source id x y
source text isChecked id
href width height
node initialOffset
left top
type childNodes id
type name publicId systemId id
type tagName attributes childNodes isSVG id
type tagName attributes childNodes isShadowHost id
source id adds
rule index
class
style
id
value
name
href
src
type
d
points
transform
class style
class id
style class
type value
checked
aria-selected
"""

SHAPES: Final[tuple[tuple[str, ...], ...]] = tuple(tuple(line.split()) for line in _SHAPES.split("\n")[1:-1])
_STRINGS: Final = """
div
span
a
button
li
p
i
svg
path
g
td
tr
input
label
img
0
1
-1
true
false
none
"""

STRINGS: Final[tuple[str, ...]] = ("", *_STRINGS.split("\n")[1:-1])
