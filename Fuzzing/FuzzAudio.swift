// Compiled together with AudioIO's own files, to reach the reader below the choice of decoders: no ffmpeg is started.
import AudioCore
import Glibc

/// Opens the input as a RIFF file and decodes at most some seconds of it as the recogniser would hear them.
@_cdecl("fuzzOneInput")
public func fuzzAudio(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    // Other formats are libsndfile's own code from the first byte on, in which nothing here can be mended.
    guard input.starts(with: "RIFF".utf8) || input.starts(with: "RF64".utf8) || input.starts(with: "RIFX".utf8) else {
        return -1
    }
    guard ftruncate(scratch, 0) == 0, pwrite(scratch, start, count, 0) == count else { return -1 }
    guard let handle = try? AudioFileHandle(path: "/proc/self/fd/\(scratch)"),
        let reader = try? SndfileReader(handle),
        let mono = try? MonoStream(reader, sampleRate: 16_000)
    else { return 0 }
    var samples = [Float](repeating: 0, count: 4096)
    for _ in 0..<16 {
        let frames = samples.withUnsafeMutableBufferPointer { (try? mono.read(into: $0)) ?? 0 }
        precondition((0...4096).contains(frames))
        precondition(samples[..<frames].allSatisfy(\.isFinite))
        if frames == 0 { break }
    }
    return 0
}

/// A file in memory that holds the input; it has no name any more.
private let scratch: CInt = {
    let path = "/dev/shm/hearsay-fuzz-\(getpid())"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot create \(path)")
    unlink(path)
    return descriptor
}()
