using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Opens the buffers that the reference backend allocated.</summary>
internal static unsafe class Host
{
    public static int* Ints(IntBuffer buffer) => Buffer<HostIntBuffer>(buffer).Elements;

    public static long* Longs(LongBuffer buffer) => Buffer<HostLongBuffer>(buffer).Elements;

    public static void Store<T>(ScalarSlot slot, double value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Reals<T> target = Reals<T>.Of(slot.Buffer);
        target[slot.Index] = value;
    }

    public static double Load<T>(ScalarSlot slot)
        where T : unmanaged, IFloatingPointIeee754<T> => Reals<T>.Of(slot.Buffer)[slot.Index];

    /// <summary>Whether codes had room for the entries of the operation that wrote them.</summary>
    public static bool Fits(SparseCodes codes) => *Longs(codes.NeededEntries) <= codes.Capacity;

    /// <summary>Inputs with the one source of entries that the batch before them decides on.</summary>
    public static LatentGradientInputs Decided(LatentGradientInputs inputs) =>
        inputs.Relu?.Codes is SparseCodes codes ? inputs.From(Fits(codes)) : inputs;

    public static TBuffer Buffer<TBuffer>(DeviceBuffer buffer)
        where TBuffer : DeviceBuffer =>
        buffer as TBuffer ?? throw new ArgumentException(
            $"{buffer.Name}: the buffer must be a {typeof(TBuffer).Name} of this reference backend, but is a "
            + $"{buffer.GetType().Name}. Allocate it with the backend that uses it.");
}
