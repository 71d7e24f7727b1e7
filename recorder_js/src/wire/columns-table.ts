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
aria-selected`;

export const SHAPES: readonly (readonly string[])[] = shapes.split("\n").map((line) => (line ? line.split(" ") : []));

const strings = `div
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
none`;

export const STRINGS: readonly string[] = ["", ...strings.split("\n")];
