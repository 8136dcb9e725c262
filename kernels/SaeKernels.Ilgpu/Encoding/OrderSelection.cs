using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>A radix selection under way in device memory: the order of a rank among many, digit by digit.</summary>
internal struct OrderSelection
{
    /// <summary>[1] the digits found so far; at the end the order of the rank, 0 where there are none.</summary>
    public ArrayView<uint> Order;

    /// <summary>[1] the rank among those that share these digits, 1 for the largest.</summary>
    public ArrayView<int> Remaining;

    /// <summary>[256] counts by the next digit.</summary>
    public ArrayView<int> Bins;

    public static OrderSelection Create(KernelDevice device, string name) => new()
    {
        Order = device.Scratch.Order($"{name}.Order", 1),
        Remaining = device.Scratch.Int($"{name}.Remaining", 1),
        Bins = device.Scratch.Int($"{name}.Bins", RadixDigit.Bins),
    };

    /// <summary>Begins a selection; called in kernels by one thread, as is <see cref="FindDigit"/>.</summary>
    public static void Start(OrderSelection self, int rank)
    {
        self.Order[0] = 0;
        self.Remaining[0] = rank;
        Clear(self);
    }

    /// <summary>Finds the next digit from the counts, and empties these.</summary>
    public static void FindDigit(OrderSelection self, int shift)
    {
        int remaining = self.Remaining[0];
        int digit = RadixDigit.Find(self.Bins, remaining);
        self.Order[0] |= (uint)digit << shift;
        self.Remaining[0] = RadixDigit.RankWithin(self.Bins, remaining, digit);
        Clear(self);
    }

    private static void Clear(OrderSelection self)
    {
        for (int bin = 0; bin < RadixDigit.Bins; bin++)
        {
            self.Bins[bin] = 0;
        }
    }
}
