using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>What a peer trains, and how.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="Data">Initial weights and variance.</param>
/// <param name="Precision">The precision of matrix products.</param>
/// <param name="FusedAdam">Whether Adam is one kernel.</param>
internal sealed record TorchSetup(StepShape Shape, PlantedBatches Data, PeerPrecision Precision, bool FusedAdam);
