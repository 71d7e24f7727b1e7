/**
 * What every columns document of form 1 may refer to without saying it (SPEC.md §8); the order is the numbering, for good.
 * Twin of replay/wire/columns_table.py.
 */
const shapes = `
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
source text isChecked userTriggered id
href width height
node initialOffset
left top
type childNodes id
type name publicId systemId id
type tagName attributes childNodes isSVG id
type textContent isStyle id
type tagName attributes childNodes id isShadowHost
type tagName attributes childNodes isShadowHost id
parentId id isShadow
source width height
tag payload
source ranges
start startOffset end endOffset
source id adds
source id removes
rule index
index
source id set index
source id remove index
property value priority
property
source id styleIds
source id styleIds styles
styleId rules
rule
source type id currentTime volume muted playbackRate
source type id currentTime volume muted playbackRate loop
class
style
id
value
name
href
src
type
title
d
points
transform
width height
x y
class style
class id
id class
style class
id style
class href
href class
class type
type class
type value
value name
type name
class title
title class
class role
role class
class tabindex
class d
d fill
fill d
class viewBox
class width height
xlink:href
lang
charset
name content
rel href
rel type href
_cssText
rel href _cssText
type _cssText
data-href _cssText
disabled
checked
aria-label
aria-hidden
aria-expanded
aria-selected
hidden`;

export const SHAPES: readonly (readonly string[])[] = shapes.split("\n").map((line) => (line ? line.split(" ") : []));

const strings = `div
span
a
button
input
label
li
ul
p
svg
path
g
rect
circle
line
text
td
tr
th
tbody
thead
table
img
i
b
strong
em
h1
h2
h3
h4
section
header
footer
nav
main
article
aside
form
select
option
textarea
small
code
pre
ol
dl
dt
dd
br
hr
iframe
canvas
style
link
meta
script
noscript
title
head
body
html
use
defs
polyline
polygon
tspan
template
slot
fieldset
legend
dialog
video
audio
source
0
1
-1
true
false
none
row
gridcell
cell
presentation
menuitem
tab
checkbox
radio
submit
hidden
off
stylesheet
text/css
currentColor
0 0 24 24
0 0 16 16`;

export const STRINGS: readonly string[] = ["", ...strings.split("\n"), " ", "\n"];
