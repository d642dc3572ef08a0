/// Tags of languages such as `en-us`.
public enum LanguageTag {
    /// Whether two tags name one language, whatever the region: `en-US` and `en_gb` do.
    public static func areOneLanguage(_ first: String, _ second: String) -> Bool {
        let (mine, theirs) = (language(first), language(second))
        return !mine.isEmpty && mine == theirs
    }

    private static func language(_ tag: String) -> String {
        String(tag.lowercased().prefix { $0 != "-" && $0 != "_" })
    }
}
