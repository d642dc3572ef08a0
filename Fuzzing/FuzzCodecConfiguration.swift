import StrictJSON

// Compiled together with the codec's own files, since its configurations are internal to NeuralCodec.

/// Reads the input as a Vocos `config.yaml` and as a codec's JSON.
@_cdecl("fuzzOneInput")
public func fuzzCodecConfiguration(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    if let vocos = try? VocosConfiguration(yaml: String(decoding: input, as: UTF8.self), path: "input") {
        precondition(vocos.sampleRate > 0 && vocos.hopLength > 0)
    }
    if let value = try? JSONValue(parsing: input), let codec = try? CodecConfiguration(value, path: "input") {
        precondition(codec.hopLength * 2 <= codec.fftSize && !codec.file.contains("/"))
    }
    return 0
}
