using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>One kind of sparse autoencoder.</summary>
/// <param name="Id">The name in configurations and files.</param>
/// <param name="DisplayName">The name for people.</param>
/// <param name="Source">The paper.</param>
/// <param name="Validate">
/// Throws <see cref="ArgumentException"/> where a configuration is outside the architecture's ranges.
/// </param>
/// <param name="Create">Allocates a model whose parameters are zeros.</param>
public sealed record SaeArchitecture(
    string Id,
    string DisplayName,
    string Source,
    Action<SaeConfig> Validate,
    Func<IComputeBackend, SaeConfig, Sae> Create);
