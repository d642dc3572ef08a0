internal import Logging
internal import Pipelines
internal import Watermark

extension Daemon {
    /// Whose mark the daemon's speech bears besides everyone's: this machine's, where its key can be had.
    static func signature(_ environment: [String: String], _ logger: Logger) -> SpeechSignature {
        do {
            return SpeechSignature(key: try MarkingKey.open(environment: environment).watermark)
        } catch {
            logger.warning("speech bears everyone's mark only", metadata: ["reason": "\(error.message)"])
            return SpeechSignature()
        }
    }
}
