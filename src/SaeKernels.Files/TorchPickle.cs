using System.IO.Compression;
using System.Text;

namespace SaeKernels.Files;

/// <summary>Writes the archive of a dictionary of tensors as PyTorch reads it.</summary>
internal static class TorchPickle
{
    private const string Folder = "archive";

    // The earliest that a zip archive can tell: the same weights give the same bytes.
    private static readonly DateTimeOffset Time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Returns the pickle, of protocol 2: an OrderedDict of contiguous tensors.</summary>
    public static byte[] Make(IReadOnlyList<TensorContent> tensors)
    {
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2]);
        Name(pickle, "collections", "OrderedDict");
        pickle.Write(")R("u8);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorContent tensor = tensors[i];
            Text(pickle, tensor.Name);
            Name(pickle, "torch._utils", "_rebuild_tensor_v2");
            pickle.Write("(("u8);
            Text(pickle, "storage");
            Name(pickle, "torch", TorchState.StorageOf(tensor.Type)["torch.".Length..]);
            Text(pickle, $"{i}");
            Text(pickle, "cpu");
            Number(pickle, tensor.ByteLength / TensorTypes.SizeOf(tensor.Type));
            pickle.Write("tQ"u8);
            Number(pickle, 0);
            Numbers(pickle, tensor.Shape);
            Numbers(
                pickle, [.. tensor.Shape.Select((_, d) => tensor.Shape.Skip(d + 1).Aggregate(1L, (a, b) => a * b))]);

            // No gradient, no hooks.
            pickle.WriteByte(0x89);
            Name(pickle, "collections", "OrderedDict");
            pickle.Write(")RtR"u8);
        }

        pickle.Write("u."u8);
        return pickle.ToArray();
    }

    /// <summary>Writes pickle and elements.</summary>
    public static void WriteArchive(Stream stream, byte[] pickle, IReadOnlyList<TensorContent> tensors)
    {
        using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        Write(archive, "data.pkl", target => target.Write(pickle));
        Write(archive, "byteorder", target => target.Write("little"u8));
        for (int i = 0; i < tensors.Count; i++)
        {
            Write(archive, $"data/{i}", tensors[i].WriteTo);
        }

        Write(archive, "version", target => target.Write("3\n"u8));
    }

    private static void Write(ZipArchive archive, string name, Action<Stream> write)
    {
        ZipArchiveEntry entry = archive.CreateEntry($"{Folder}/{name}", CompressionLevel.NoCompression);
        entry.LastWriteTime = Time;
        using Stream target = entry.Open();
        write(target);
    }

    private static void Name(MemoryStream pickle, string module, string name) =>
        pickle.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private static void Text(MemoryStream pickle, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        pickle.WriteByte((byte)'X');
        pickle.Write(BitConverter.GetBytes(bytes.Length));
        pickle.Write(bytes);
    }

    private static void Numbers(MemoryStream pickle, IReadOnlyList<long> numbers)
    {
        pickle.WriteByte((byte)'(');
        foreach (long number in numbers)
        {
            Number(pickle, number);
        }

        pickle.WriteByte((byte)'t');
    }

    private static void Number(MemoryStream pickle, long number)
    {
        if (number <= int.MaxValue)
        {
            pickle.WriteByte((byte)'J');
            pickle.Write(BitConverter.GetBytes((int)number));
            return;
        }

        pickle.Write([0x8a, sizeof(long)]);
        pickle.Write(BitConverter.GetBytes(number));
    }
}
