namespace SaeKernels.Training;

/// <summary>The sizes of a training step.</summary>
/// <param name="DIn">The input width.</param>
/// <param name="Latents">The number of latents.</param>
/// <param name="K">Active latents of each vector.</param>
/// <param name="Batch">Vectors of a step.</param>
public sealed record StepShape(int DIn, int Latents, int K, int Batch)
{
    /// <summary>The sizes in their order, with commas.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{this.DIn},{this.Latents},{this.K},{this.Batch}");
}
