using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Tests;

public sealed class DamagedFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("a.npy")]
    [InlineData("a.safetensors")]
    public void A_file_cut_off_anywhere_is_a_clear_error(string name)
    {
        byte[] whole = File.ReadAllBytes(StoreFiles.Write(this.folder, name, 3, documentOf: row => row));
        for (int length = 0; length < whole.Length; length++)
        {
            string path = this.folder.WriteBytes(name, whole[..length]);

            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => TensorFile.Open(path)).Message);
        }
    }

    [Theory]
    [InlineData("a.npy")]
    [InlineData("a.safetensors")]
    public void A_header_with_any_damage_is_read_or_is_a_clear_error(string name)
    {
        byte[] whole = File.ReadAllBytes(StoreFiles.Write(this.folder, name, 3, documentOf: row => row));
        RandomSequence random = new(11, RandomPurpose.General);
        int refused = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            byte[] damaged = [.. whole];
            for (int change = 0; change <= trial % 3; change++)
            {
                damaged[random.NextInt64(damaged.Length)] = (byte)random.NextUInt32();
            }

            refused += OpensOrRefuses(this.folder.WriteBytes(name, damaged)) ? 0 : 1;
        }

        Assert.InRange(refused, 1, 2999);
    }

    public void Dispose() => this.folder.Dispose();

    private static bool OpensOrRefuses(string path)
    {
        try
        {
            using TensorFile file = TensorFile.Open(path);
            return true;
        }
        catch (InvalidDataException fault)
        {
            Assert.StartsWith(path, fault.Message);
            return false;
        }
    }
}
