/// Words that tell where an English sentence ends.
enum SentenceWords {
    /// Words that, in capitals after an abbreviation, are more likely to begin a sentence than to be a name.
    static let starters: Set<String> = [
        "a", "about", "after", "again", "all", "also", "although", "an", "and", "another", "any", "are", "as", "at",
        "because", "before", "both", "but", "by", "can", "could", "did", "do", "does", "don't", "during", "each",
        "even",
        "every", "everyone", "everything", "few", "finally", "first", "for", "from", "had", "has", "have", "he", "he's",
        "her", "here", "his", "how", "however", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "instead", "is", "isn't",
        "it", "it's", "its", "just", "last", "later", "let", "let's", "many", "meanwhile", "more", "most", "my",
        "never",
        "next", "no", "nobody", "none", "not", "nothing", "now", "of", "on", "once", "one", "only", "or", "other",
        "our",
        "people", "perhaps", "please", "several", "she", "she's", "should", "since", "so", "some", "someone",
        "something",
        "sometimes", "soon", "still", "such", "that", "that's", "the", "their", "then", "there", "there's", "therefore",
        "these", "they", "they're", "this", "those", "though", "through", "thus", "to", "today", "under",
        "unfortunately",
        "until", "was", "we", "we're", "were", "what", "when", "where", "whether", "which", "while", "who", "why",
        "will",
        "with", "without", "would", "yes", "yesterday", "yet", "you", "you're", "your",
    ]
}
