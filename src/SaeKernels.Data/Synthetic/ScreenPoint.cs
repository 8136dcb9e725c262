namespace SaeKernels.Data;

/// <summary>The hidden variables of a row in 8-bit integers, as <see cref="FreeScreen"/> takes them.</summary>
internal sealed class ScreenPoint
{
    /// <summary>The integers, two in a number: the first of them in its lower byte.</summary>
    public short[] Pairs { get; set; } = [];

    /// <summary>What sums of products begin with, modulo 2¹⁶.</summary>
    public short Start { get; set; }

    /// <summary>What a step of an integer is worth.</summary>
    public float Step { get; set; }

    /// <summary>What rounding may have taken from a sum, in the same unit as sum · <see cref="Step"/>.</summary>
    public float Margin { get; set; }
}
