namespace SaeKernels.Report;

/// <summary>What a sweep over dictionary sizes found.</summary>
/// <param name="Verdict"><c>bounce</c>, <c>no-bounce</c> or <c>not-bracketed</c>.</param>
/// <param name="Latents">The size at which it bounced, or null.</param>
/// <param name="Cells">The models of the sweep.</param>
public sealed record SweepPlane(string Verdict, int? Latents, IReadOnlyList<SweepPoint> Cells)
{
    /// <summary>Figures by size and sparsity; null where there are none.</summary>
    public SweepHeatMaps? Maps { get; init; }
}

/// <summary>One model of a sweep.</summary>
/// <param name="Latents">Its size.</param>
/// <param name="Mse">Its mean squared error.</param>
/// <param name="Bits">Its total information in bits.</param>
public sealed record SweepPoint(int Latents, double Mse, double Bits);
