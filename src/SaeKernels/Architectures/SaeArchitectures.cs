using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>The architectures there are.</summary>
public static class SaeArchitectures
{
    /// <summary>All architectures, in the order in which they are shown.</summary>
    public static IReadOnlyList<SaeArchitecture> All { get; } =
    [
        TopKSae.Architecture,
        TopKSae.MultiArchitecture,
        GroupMaxSae.Architecture,
        BatchTopKSae.Architecture,
        BatchTopKSae.MatryoshkaArchitecture,
        ReluSae.Architecture,
        ReluSae.NormWeightedArchitecture,
        ReluSae.PAnnealArchitecture,
        ReluSae.MatryoshkaArchitecture,
        JumpReluSae.Architecture,
        JumpReluSae.TanhArchitecture,
        GatedSae.Architecture,
        TopKSae.TranscoderArchitecture,
        TopKSae.SkipTranscoderArchitecture,
        ReluSae.CrosscoderArchitecture,
        BatchTopKSae.CrosscoderArchitecture,
    ];

    /// <summary>Returns the architecture with an id.</summary>
    /// <param name="id">The id; case matters.</param>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static SaeArchitecture Get(string id) =>
        All.FirstOrDefault(architecture => architecture.Id == id)
        ?? throw new ArgumentException(
            "SaeConfig: Architecture must be one of "
            + $"{string.Join(", ", All.Select(known => known.Id))}, but is '{id}'. "
            + "Choose one of them.");

    /// <summary>Allocates a model of the configured architecture; its parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public static Sae Create(IComputeBackend backend, SaeConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Get(config.Architecture).Create(backend, config);
    }
}
