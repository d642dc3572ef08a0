/// A word as it was aligned: its text, its tokens and when it was said within the window.
struct WordTiming: Sendable, Equatable {
    /// Text with its leading space, if any; empty once it has been merged into a neighbour.
    var word: String
    var tokens: [Int]
    /// Seconds from the start of the window.
    var start: Double
    /// Seconds from the start of the window.
    var end: Double
    /// Mean probability of the tokens.
    var probability: Double

    var duration: Double { end - start }
}
