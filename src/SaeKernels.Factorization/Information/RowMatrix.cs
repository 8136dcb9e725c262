namespace SaeKernels.Factorization;

/// <summary>Rows of numbers on the host: vectors, or the directions of a dictionary.</summary>
/// <param name="Elements">The numbers, row after row, [rows, Width].</param>
/// <param name="Width">The length of a row; at least 1.</param>
public sealed record RowMatrix(float[] Elements, int Width)
{
    /// <summary>The number of rows.</summary>
    public int Rows => this.Elements.Length / this.Width;

    /// <summary>Returns one row.</summary>
    /// <param name="index">0 to <see cref="Rows"/> − 1.</param>
    public ReadOnlySpan<float> this[int index] => this.Elements.AsSpan(index * this.Width, this.Width);
}
