namespace SaeKernels.Ilgpu;

/// <summary>Three sums that a group adds up at once.</summary>
internal struct ThreeSums
{
    public float First;
    public float Second;
    public float Third;

    public static ThreeSums Add(ThreeSums a, ThreeSums b) => new()
    {
        First = a.First + b.First,
        Second = a.Second + b.Second,
        Third = a.Third + b.Third,
    };
}
