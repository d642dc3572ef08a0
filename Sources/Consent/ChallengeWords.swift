/// The words of which five are drawn for each phrase: 8 bits each, 40 together.
///
/// Common, and far from each other: the phonemes of any two differ in at least half of the longer one's places
/// (espeak-ng's American English). How well a recogniser knows each of them has to be measured before the list counts as
/// final.
enum ChallengeWords {
    static let all: [String] = text.split(whereSeparator: \.isWhitespace).map(String.init)

    /// What a recogniser may write for a word of the list: another spelling, or another word that sounds the same.
    static let spellings: [String: String] = [
        "aeroplane": "airplane", "harbour": "harbor", "theatre": "theater", "yoghurt": "yogurt", "pyjamas": "pajamas",
        "joule": "jewel",
    ]

    private static let text = """
        acrobat airplane alarm almond anchor animal apple apron arrow autumn avenue baboon bacon badger
        banana basket battery beaver bedroom bicycle blossom boulder bracelet branch bridge broccoli bronze
        bubble butter button cactus camera canal candle captain caravan carpet cathedral cement cherry
        chicken chimney chocolate cinnamon circus clarinet cloud cobweb coconut coffee compass copper
        cottage cousin cowboy crayon cricket crocodile crystal cucumber daisy dancer desert diamond doctor
        dolphin donkey dragon drawer eagle echo elephant elevator emerald engine envelope evening falcon
        family feather fiddle finger firewood flamingo football forest fountain friday furniture galaxy
        garage garden garlic gentleman ginger giraffe glacier gorilla grandmother granite grape guitar
        gymnast hammer harbor hazelnut helmet hexagon hockey honey horizon hospital hotel hurricane ivory
        jacket jaguar jelly jewel kangaroo kettle keyboard kingdom kitchen lantern laundry lemon leopard
        library lighthouse lobster magnet maple marble medicine mermaid mineral mirror monday monument
        mosquito motor museum mushroom mustard necklace notebook november oatmeal object ocean olive onion
        orchard orchestra ostrich oxygen oyster package painter pajamas palace pancake parachute passport
        peacock pencil penguin piano picture pillow pineapple pirate pistachio plaster pocket potato
        propeller pumpkin pyramid rainbow raspberry refrigerator ribbon river robot sailor sandwich
        satellite saturday sausage saxophone scarecrow school scissors scorpion sculpture seventeen shampoo
        skeleton snowflake spaghetti spider spinach sponge stadium strawberry submarine sugar suitcase
        summer sunflower sweater teacher telephone temple theater thunder thursday tiger tobacco tornado
        tortoise tractor treasure triangle trumpet tulip turkey turquoise twelve twilight umbrella uncle
        unicorn university valley vampire vanilla vegetable village vinegar violin volcano waffle walnut
        wardrobe waterfall windmill wizard wolf workshop yogurt zebra zeppelin zipper
        """
}
