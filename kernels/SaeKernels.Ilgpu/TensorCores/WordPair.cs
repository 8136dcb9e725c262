using System.Runtime.InteropServices;

namespace SaeKernels.Ilgpu;

/// <summary>Eight bytes of an operand, stored at once: four numbers of 16 bits.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct WordPair(uint lower, uint upper)
{
    public readonly uint Lower = lower;
    public readonly uint Upper = upper;
}
