"""What the shop sells."""

from __future__ import annotations

from dataclasses import dataclass

CATEGORIES = {"cups": "Cups & pots", "table": "Bowls & plates", "home": "Vases & lamps"}

# Light, base and dark tone of each glaze; the drawings in images/ name them.
GLAZES = {
    "moss": ("#a9b79b", "#7f9273", "#56674e"),
    "salt": ("#fbf8f1", "#ebe4d6", "#c9bea9"),
    "slate": ("#93a7b1", "#647c89", "#43555f"),
    "ember": ("#e0a184", "#c26e4b", "#8f4a2e"),
}


@dataclass(frozen=True)
class Product:
    slug: str
    name: str
    category: str
    price_cents: int
    glaze: str
    line: str
    about: str

    @property
    def price(self) -> str:
        return f"€{self.price_cents / 100:.2f}"


PRODUCTS = [
    Product(
        "tide-mug",
        "Tide mug",
        "cups",
        2800,
        "slate",
        "Holds 32 cl and a long morning.",
        "Thrown in one piece, dipped twice. The foot stays cool, the wall keeps the tea warm.",
    ),
    Product(
        "ebb-teapot",
        "Ebb teapot",
        "cups",
        8900,
        "moss",
        "Pours clean, to the last cup.",
        "A round belly, a cut spout that does not drip, and a lid that holds when you tilt. For four cups.",
    ),
    Product(
        "low-bowl",
        "Low bowl",
        "table",
        4200,
        "salt",
        "For salad, soup and keys.",
        "Wide and low with a turned foot. It stacks, it goes in the oven, and it looks right with nothing in it.",
    ),
    Product(
        "supper-plate",
        "Supper plate",
        "table",
        3400,
        "ember",
        "27 cm, with a rim to hold on to.",
        "The rings come from the wheel and stay under the glaze, so that no two plates of a set are the same.",
    ),
    Product(
        "pebble-dishes",
        "Pebble dishes",
        "table",
        3900,
        "moss",
        "Three, from olive to salt.",
        "A nest of three small dishes for what stands beside the plate. Thin at the edge, heavy at the foot.",
    ),
    Product(
        "reed-vase",
        "Reed vase",
        "home",
        5600,
        "ember",
        "For one branch, or seven reeds.",
        "A narrow neck holds stems upright without tricks. Watertight, with felt under the foot.",
    ),
    Product(
        "dune-lamp",
        "Dune lamp",
        "home",
        14900,
        "salt",
        "Stoneware foot, linen shade.",
        "A warm pool of light for the end of the table. Two metres of cloth cord, and a switch that you find in the dark.",
    ),
    Product(
        "marsh-planter",
        "Marsh planter",
        "home",
        4800,
        "slate",
        "With a hole, and a saucer.",
        "Unglazed inside, so that roots can breathe. Stays outside down to five degrees of frost.",
    ),
]
BY_SLUG = {product.slug: product for product in PRODUCTS}
