namespace SaeKernels.Factorization;

/// <summary>How far a sweep is.</summary>
/// <param name="Done">Cells that are finished.</param>
/// <param name="Cells">Cells in all.</param>
/// <param name="Last">The cell that was finished last.</param>
public sealed record SweepProgress(int Done, int Cells, SweepCellKey Last);
