// Compiled together with the configuration's own file, which is internal to VoiceActivity.

/// What the configuration asks of the model's type, which is not compiled here: it would bring the network along.
enum VoiceActivityModel {
    static let sampleRate = 16_000
}

/// Reads the input as `voice-activity.json`.
@_cdecl("fuzzOneInput")
public func fuzzVoiceActivity(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: count))
    guard let model = try? ActivityConfiguration(bytes, path: "voice-activity.json") else { return 0 }
    precondition(model.melScale > 0 && (0...50).contains(model.delay) && !model.file.contains("/"))
    return 0
}
