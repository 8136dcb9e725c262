namespace SaeKernels.Ilgpu;

/// <summary>A 16-bit number format.</summary>
internal interface IWord
{
    /// <summary>Widens a number; exact on devices that flush subnormal numbers too.</summary>
    /// <param name="bits">Its bits, in the lower half.</param>
    static abstract float ToSingle(uint bits);
}
