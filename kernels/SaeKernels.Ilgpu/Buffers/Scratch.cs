using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Memory that operations use between kernels: one piece a name, grown when an operation needs more.</summary>
/// <remarks>
/// Operations run in the order of their calls, so a piece is free again when the next operation begins. Contents are
/// whatever the operation before left.
/// </remarks>
internal sealed class Scratch(KernelDevice device) : IDisposable
{
    private readonly Dictionary<string, IDisposable> pieces = [];

    public ArrayView<float> Real(string name, long length) => Piece<float>(name, length);

    public ArrayView<int> Int(string name, long length) => Piece<int>(name, length);

    public ArrayView<long> Long(string name, long length) => Piece<long>(name, length);

    public ArrayView<ulong> Key(string name, long length) => Piece<ulong>(name, length);

    public ArrayView<uint> Order(string name, long length) => Piece<uint>(name, length);

    public void Dispose()
    {
        foreach (IDisposable piece in this.pieces.Values)
        {
            piece.Dispose();
        }

        this.pieces.Clear();
    }

    private ArrayView<T> Piece<T>(string name, long length)
        where T : unmanaged
    {
        DeviceMemory<T>? piece = this.pieces.TryGetValue(name, out IDisposable? found) ? (DeviceMemory<T>)found : null;
        if (piece is null || piece.View.Length < length)
        {
            piece?.Dispose();
            this.pieces.Remove(name);
            piece = new DeviceMemory<T>(device, name, length);
            this.pieces.Add(name, piece);
        }

        return piece.View;
    }
}
