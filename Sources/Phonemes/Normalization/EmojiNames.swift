/// English names of the emoji that carry meaning often enough to be said; all others are left out.
enum EmojiNames {
    static func name(of scalar: Unicode.Scalar) -> String? {
        names[scalar]
    }

    private static let names: [Unicode.Scalar: String] = [
        "\u{A9}": "copyright", "\u{2764}": "heart", "\u{1F494}": "broken heart", "\u{1F495}": "hearts",
        "\u{1F499}": "blue heart",
        "\u{1F49A}": "green heart", "\u{1F49B}": "yellow heart", "\u{1F49C}": "purple heart",
        "\u{1F44D}": "thumbs up", "\u{1F44E}": "thumbs down", "\u{1F44F}": "applause", "\u{1F64F}": "thank you",
        "\u{1F44B}": "waving hand", "\u{1F44C}": "okay", "\u{1F4AA}": "strong", "\u{1F91D}": "handshake",
        "\u{1F600}": "smile", "\u{1F601}": "grin", "\u{1F602}": "laughing", "\u{1F603}": "smile",
        "\u{1F604}": "smile", "\u{1F606}": "laughing", "\u{1F609}": "wink", "\u{1F60A}": "smile",
        "\u{1F60D}": "love", "\u{1F60E}": "cool", "\u{1F618}": "kiss", "\u{1F622}": "sad", "\u{1F62D}": "crying",
        "\u{1F621}": "angry", "\u{1F631}": "shocked", "\u{1F642}": "smile", "\u{1F644}": "eye roll",
        "\u{1F914}": "thinking", "\u{1F923}": "laughing", "\u{1F970}": "love", "\u{1F973}": "party",
        "\u{1F389}": "party", "\u{1F525}": "fire", "\u{1F680}": "rocket", "\u{2B50}": "star", "\u{1F31F}": "star",
        "\u{2705}": "check", "\u{274C}": "cross", "\u{26A0}": "warning", "\u{1F4A1}": "idea", "\u{1F4A9}": "poop",
        "\u{2615}": "coffee", "\u{1F382}": "birthday cake",
    ]
}
