// Compiled together with the description's own file, which is internal to Synthesis.

/// Reads the input as `voice.json`.
@_cdecl("fuzzOneInput")
public func fuzzVoice(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: count))
    guard let voice = try? VoiceDescription(parsing: bytes, path: "voice.json") else { return 0 }
    precondition(voice.speakers.indices.contains(voice.defaultSpeaker))
    precondition(!voice.phonemes.isEmpty && Set(voice.speakers.map(\.name)).count == voice.speakers.count)
    precondition(!voice.model.file.contains("/") && voice.model.width > 0 && voice.sampleRate > 0)
    return 0
}
