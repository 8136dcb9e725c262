namespace SaeKernels.Ilgpu;

/// <summary>The two numbers of a row that its radii depend on.</summary>
internal struct ScreeningRow
{
    public float FactorOfNorm;
    public float FactorOfError;
}
