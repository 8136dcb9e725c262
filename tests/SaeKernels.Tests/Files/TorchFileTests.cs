using System.IO.Compression;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Tests;

public sealed class TorchFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    private string Path => this.folder.PathOf("ae.pt");

    [Fact]
    public void Tensors_have_the_names_shapes_and_numbers_that_PyTorch_gave_them()
    {
        TorchArchive.Write(this.Path);
        using TorchFile file = TorchFile.Open(this.Path);
        string[] names = ["decoder_bias", "r_mag", "gate_bias", "mag_bias", "encoder.weight", "decoder.weight"];
        Assert.Equal(names, file.Tensors.Keys);
        Assert.Equal([3L, 2L], file.Tensors["encoder.weight"].Shape);
        Assert.Equal([2L, 3L], file.Tensors["decoder.weight"].Shape);
        Assert.Equal("encoder.weight", Assert.Single(file.ColumnMajor));
        Assert.All(names.Zip(TorchArchive.Storages), pair => Assert.Equal(pair.Second, Read(file, pair.First)));
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F64)]
    public void What_was_written_is_read_again(TensorType type)
    {
        float[] numbers = [1, -2, 0.5f, 4, 0, -0.25f];
        TensorContent[] tensors =
        [
            TensorContent.Singles("a", [2, 3], (i, to) => numbers.AsSpan((int)i, to.Length).CopyTo(to), type),
            TensorContent.Int64s("steps", [], (_, to) => to.Fill(1L << 40)),
            TensorContent.Singles("none", [0, 3], (_, _) => { }),
        ];
        TorchFile.Write(this.Path, tensors);

        using TorchFile file = TorchFile.Open(this.Path);
        Assert.Equal(["a", "steps", "none"], file.Tensors.Keys);
        Assert.Equal((type, "[2, 3]"), (file.Tensors["a"].Type, file.Tensors["a"].ShapeText));
        Assert.Empty(file.ColumnMajor);
        Assert.Equal(numbers, Read(file, "a"));
        long[] steps = new long[1];
        file.ReadInt64s(file.Tensors["steps"], 0, steps);
        Assert.Equal([1L << 40], steps);
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes()
    {
        TensorContent[] tensors = [TensorContent.Singles("a", [5], (_, to) => to.Fill(3))];
        TorchFile.Write(this.Path, tensors);
        byte[] first = File.ReadAllBytes(this.Path);
        TorchFile.Write(this.Path, tensors);
        Assert.Equal(first, File.ReadAllBytes(this.Path));
    }

    [Fact]
    public void Compressed_entries_and_files_of_before_archives_are_refused()
    {
        TorchArchive.Write(this.Path, CompressionLevel.SmallestSize);
        Assert.Equal(
            $"{this.Path}: must hold ae/data.pkl stored as it is, but holds a compressed or encrypted one. Write the "
            + "file again.",
            Assert.Throws<InvalidDataException>(() => TorchFile.Open(this.Path)).Message);

        File.WriteAllBytes(this.Path, [0x80, 2, 0x8a, 10, .. new byte[64]]);
        Assert.StartsWith(
            $"{this.Path}: must hold a zip archive, as torch.save writes since PyTorch 1.6,",
            Assert.Throws<InvalidDataException>(() => TorchFile.Open(this.Path)).Message);
    }

    [Fact]
    public void A_file_with_any_damage_is_read_or_is_a_clear_error()
    {
        TorchArchive.Write(this.Path);
        byte[] whole = File.ReadAllBytes(this.Path);
        RandomSequence random = new(12, RandomPurpose.General);
        int refused = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = trial % 4 == 0 ? whole[..(int)random.NextInt64(whole.Length)] : [.. whole];
            for (int change = 0; change < trial % 4; change++)
            {
                damaged[random.NextInt64(damaged.Length)] = (byte)random.NextUInt32();
            }

            File.WriteAllBytes(this.Path, damaged);
            refused += OpensOrRefuses() ? 0 : 1;
        }

        Assert.InRange(refused, 500, 1999);
    }

    public void Dispose() => this.folder.Dispose();

    private static float[] Read(TorchFile file, string name)
    {
        float[] numbers = new float[file.Tensors[name].ElementCount];
        file.ReadSingles(file.Tensors[name], 0, numbers);
        return numbers;
    }

    private bool OpensOrRefuses()
    {
        try
        {
            using TorchFile file = TorchFile.Open(this.Path);
            return true;
        }
        catch (InvalidDataException fault)
        {
            Assert.StartsWith(this.Path, fault.Message);
            return false;
        }
    }
}
