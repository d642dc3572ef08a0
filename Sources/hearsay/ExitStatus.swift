/// How the program ends. The manual page lists these; numbers in use never change their meaning.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    /// Some of several files failed, or something went wrong that none of the others names.
    case failure = 1
    /// The command line makes no sense.
    case usage = 2
    /// A model or voice is missing, damaged or could not be downloaded.
    case model = 3
    /// A recording is missing, damaged or of an unknown format, or an audio device cannot be used.
    case audio = 4
    /// A result could not be written.
    case output = 5
    /// A text cannot be read, or its markup or a lexicon is malformed.
    case text = 6
    /// Interrupted by the user or the system.
    case interrupted = 130
}
