using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// The k largest pre-activations of a row, as a binary heap of keys in global memory whose root is the smallest kept.
/// </summary>
/// <remarks>
/// A key holds the order of a pre-activation in its upper half and the complement of the latent's index in its lower:
/// keys of a row are never equal, a larger key is always preferred, and ties go to the lowest index. So what is kept
/// does not depend on the order in which latents are offered. Source: the bits of float32 order as sign and magnitude.
/// </remarks>
internal static class TopKHeap
{
    private const uint SignBit = 0x80000000;
    private const uint NaNOrder = 0xFFFFFFFF;

    /// <summary>Returns the key of a pre-activation; NaN above all numbers, −0 equal to +0; never 0.</summary>
    public static ulong Key(float preActivation, int latent)
    {
        // Adding +0 turns −0 into +0.
        uint bits = Interop.FloatAsInt(preActivation + 0.0f);
        uint order = (bits & SignBit) != 0 ? ~bits : bits | SignBit;
        order = float.IsNaN(preActivation) ? NaNOrder : order;
        return ((ulong)order << 32) | (uint)~latent;
    }

    /// <summary>Returns the latent of a key.</summary>
    public static int Latent(ulong key) => ~(int)(uint)key;

    /// <summary>Returns the pre-activation of a key, 0 where it was negative.</summary>
    public static float ClippedValue(ulong key)
    {
        uint order = (uint)(key >> 32);
        uint bits = order < SignBit ? 0 : order & ~SignBit;
        return Interop.IntAsFloat(bits);
    }

    /// <summary>Adds a key to a heap that is not full.</summary>
    public static void Add(ArrayView<ulong> keys, long start, int count, ulong key)
    {
        int place = count;
        while (place > 0 && keys[start + ((place - 1) / 2)] > key)
        {
            int parent = (place - 1) / 2;
            keys[start + place] = keys[start + parent];
            place = parent;
        }

        keys[start + place] = key;
    }

    /// <summary>Replaces the root of a heap by a larger key.</summary>
    public static void ReplaceRoot(ArrayView<ulong> keys, long start, int count, ulong key)
    {
        int place = 0;
        int child = SmallerChild(keys, start, count, place);
        while (child < count && keys[start + child] < key)
        {
            keys[start + place] = keys[start + child];
            place = child;
            child = SmallerChild(keys, start, count, place);
        }

        keys[start + place] = key;
    }

    private static int SmallerChild(ArrayView<ulong> keys, long start, int count, int place)
    {
        // k may be as large as 2³⁰ latents: the child's number must not pass 2³¹.
        int child = place < count / 2 ? (2 * place) + 1 : count;
        if (child + 1 < count && keys[start + child + 1] < keys[start + child])
        {
            child++;
        }

        return child;
    }
}
