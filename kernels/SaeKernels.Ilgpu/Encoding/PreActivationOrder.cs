using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>The order of pre-activations as unsigned integers, and keys that no two latents of a row share.</summary>
/// <remarks>
/// A key holds the order in its upper half and the complement of the latent's index in its lower: a larger key is
/// always preferred, and ties go to the lowest index. So what is kept does not depend on the order in which latents are
/// offered. Source: the bits of float32 order as sign and magnitude.
/// </remarks>
internal static class PreActivationOrder
{
    /// <summary>The order of 0 and −0; positive numbers lie above.</summary>
    public const uint Zero = 0x80000000;

    /// <summary>The order of the smallest positive number.</summary>
    public const uint SmallestPositive = Zero + 1;

    /// <summary>The order of NaN, above that of +∞; its lower bits are a quiet NaN.</summary>
    public const uint NotANumber = 0xFFC00000;

    /// <summary>Returns the order of a pre-activation; never 0.</summary>
    public static uint Of(float preActivation)
    {
        // Adding +0 turns −0 into +0.
        uint bits = Interop.FloatAsInt(preActivation + 0.0f);
        uint order = (bits & Zero) != 0 ? ~bits : bits | Zero;
        return float.IsNaN(preActivation) ? NotANumber : order;
    }

    /// <summary>Returns the pre-activation of an order, 0 where it was negative.</summary>
    public static float ClippedValue(uint order) => Interop.IntAsFloat(order < Zero ? 0 : order & ~Zero);

    /// <summary>Returns the key of a latent.</summary>
    public static ulong Key(uint order, int latent) => ((ulong)order << 32) | (uint)~latent;

    /// <summary>Returns the order in a key.</summary>
    public static uint OfKey(ulong key) => (uint)(key >> 32);

    /// <summary>Returns the latent of a key.</summary>
    public static int Latent(ulong key) => ~(int)(uint)key;
}
