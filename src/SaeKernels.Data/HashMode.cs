namespace SaeKernels.Data;

/// <summary>How much of each file enters a fingerprint.</summary>
public enum HashMode
{
    /// <summary>
    /// Length, header, and 64 blocks of 64 KiB at places that are the same every time: fast at any size, blind to a
    /// change between the blocks. Files of up to 4 MiB are read whole.
    /// </summary>
    Sampled = 0,

    /// <summary>Every byte.</summary>
    Full = 1,
}
