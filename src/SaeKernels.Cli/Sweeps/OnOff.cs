namespace SaeKernels.Cli;

/// <summary>What a switch with a value may be.</summary>
internal enum OnOff
{
    /// <summary>On.</summary>
    On,

    /// <summary>Off.</summary>
    Off,
}
