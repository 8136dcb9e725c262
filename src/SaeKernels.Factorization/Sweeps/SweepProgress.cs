namespace SaeKernels.Factorization;

/// <summary>How far a sweep is.</summary>
/// <param name="Stage">What is done to one cell after the other.</param>
/// <param name="Done">Cells that are finished with it.</param>
/// <param name="Cells">Cells in all.</param>
/// <param name="Last">The cell that was finished last.</param>
public sealed record SweepProgress(SweepStage Stage, int Done, int Cells, SweepCellKey Last);
