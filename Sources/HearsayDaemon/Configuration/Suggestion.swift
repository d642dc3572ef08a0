/// What somebody may have meant.
enum Suggestion {
    /// The most similar candidate, if one is similar enough to be worth naming.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        // Longer words are not typed by mistake, and cost the product of their lengths.
        guard word.utf8.count <= 100 else { return nil }
        let best = candidates.map { (distance(word, $0), $0) }.min { $0.0 < $1.0 }
        return best.flatMap { $0.0 <= max(2, word.count / 3) ? $0.1 : nil }
    }

    /// Levenshtein's: letters to insert, remove or replace.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
