/// How much each judge of the joint search counts, from `config.json`: `hearsay.joint_decoding`.
///
/// A text's score is (1 − s) · decoder + s · spelling + l · language model + b · tokens, all log-probabilities.
/// Source: Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition" (2017), §IV-B, with
/// shallow fusion of a language model.
struct JointWeights: Sendable, Equatable {
    /// The spelling's share, 0 ..< 0.99: the decoder must keep some.
    var spelling: Float = 0.3
    /// The language model's weight.
    var language: Float = 0.4
    /// What each token of text is given, since language models favour short texts.
    var token: Float = 1
    var beams = 8
}
