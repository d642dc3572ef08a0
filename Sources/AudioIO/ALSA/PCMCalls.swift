import CALSA

/// What moves sound to and from an open device: ALSA's functions, or those of a test that plays a broken device.
///
/// Function pointers and not closures, because the threads that call them count no references.
struct PCMCalls: Sendable {
    var readi: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, snd_pcm_uframes_t) -> snd_pcm_sframes_t
    var wait: @convention(c) (OpaquePointer?, Int32) -> Int32
    var start: @convention(c) (OpaquePointer?) -> Int32
    var prepare: @convention(c) (OpaquePointer?) -> Int32
    var resume: @convention(c) (OpaquePointer?) -> Int32
    var drop: @convention(c) (OpaquePointer?) -> Int32
    var close: @convention(c) (OpaquePointer?) -> Int32

    static let alsa = PCMCalls(
        readi: hearsay_snd_pcm_readi, wait: hearsay_snd_pcm_wait, start: hearsay_snd_pcm_start,
        prepare: hearsay_snd_pcm_prepare, resume: hearsay_snd_pcm_resume, drop: hearsay_snd_pcm_drop,
        close: hearsay_snd_pcm_close)
}
