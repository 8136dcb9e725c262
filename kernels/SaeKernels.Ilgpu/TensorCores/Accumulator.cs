namespace SaeKernels.Ilgpu;

/// <summary>
/// What one lane holds of the 16 × 8 sums of a matrix product. With group g = lane / 4 and t = lane mod 4, the four are
/// at (g, 2t), (g, 2t + 1), (g + 8, 2t) and (g + 8, 2t + 1).
/// </summary>
internal struct Accumulator
{
    public float Upper0;
    public float Upper1;
    public float Lower0;
    public float Lower1;
}
